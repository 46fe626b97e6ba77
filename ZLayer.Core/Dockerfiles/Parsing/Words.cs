using System.Text;
using System.Text.Json;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>The ways in which instructions split what follows their flags.</summary>
internal static class Words
{
    /// <summary>Splits at white space; nothing quotes.</summary>
    internal static string[] AtSpaces(string text)
        => text.Split([' ', '\t', '\v', '\f', '\r'], StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Splits at white space outside of quotes; quotes and escapes stay for the expansion to remove.</summary>
    internal static List<(string Text, int Offset)> Quoted(string text, char escape)
    {
        var words = new List<(string, int)>();
        int position = 0;
        while (true)
        {
            while (position < text.Length && char.IsWhiteSpace(text[position]))
            {
                position++;
            }

            if (position == text.Length)
            {
                return words;
            }

            int start = position;
            string word = ReadWord(text, ref position, escape);
            if (word.Length > 0)
            {
                words.Add((word, start));
            }
        }
    }

    private static string ReadWord(string text, ref int position, char escape)
    {
        var word = new StringBuilder();
        char quote = '\0';
        for (; position < text.Length; position++)
        {
            char next = text[position];
            if (quote == '\0' && char.IsWhiteSpace(next))
            {
                break;
            }

            if (next == escape && quote != '\'')
            {
                if (position + 1 == text.Length)
                {
                    continue;
                }

                word.Append(next).Append(text[++position]);
                continue;
            }

            if (quote == '\0' && next is '\'' or '"')
            {
                quote = next;
            }
            else if (next == quote)
            {
                quote = '\0';
            }

            word.Append(next);
        }

        return word.ToString();
    }

    /// <summary>
    /// Reads a JSON array of strings. Anything that is no JSON array gives null, and the caller takes the text as it is;
    /// an array of other things is an error.
    /// </summary>
    internal static List<string>? JsonArray(string text)
    {
        if (!text.StartsWith('['))
        {
            return null;
        }

        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            // The shell form may begin with a bracket as well: RUN [ -f /x ].
            return null;
        }

        using (json)
        {
            var items = new List<string>(json.RootElement.GetArrayLength());
            foreach (JsonElement item in json.RootElement.EnumerateArray())
            {
                if (item.ValueKind != JsonValueKind.String)
                {
                    throw new SyntaxException("the JSON form takes an array of strings only");
                }

                items.Add(String(item));
            }

            return items;
        }
    }

    private static string String(JsonElement item)
    {
        try
        {
            return item.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw new SyntaxException("the JSON form holds half of a surrogate pair, which is not text");
        }
    }
}
