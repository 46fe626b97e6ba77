namespace ZLayer.Core.Foundation.Text;

/// <summary>Splits one line of comma-separated values (RFC 4180): <c>type=bind,"source=a,b"</c>.</summary>
internal static class CsvFields
{
    internal static List<string> Split(string line)
    {
        if (line.Length == 0)
        {
            throw new SyntaxException("the value is empty");
        }

        var fields = new List<string>();
        int position = 0;
        while (true)
        {
            fields.Add(position < line.Length && line[position] == '"' ? Quoted(line, ref position) : Plain(line, ref position));
            if (position >= line.Length)
            {
                return fields;
            }

            position++;
            if (position == line.Length)
            {
                fields.Add("");
                return fields;
            }
        }
    }

    private static string Plain(string line, ref int position)
    {
        int comma = line.IndexOf(',', position);
        string field = comma < 0 ? line[position..] : line[position..comma];
        position += field.Length;
        return field.Contains('"', StringComparison.Ordinal)
            ? throw new SyntaxException($"a quote stands inside the field {field}: quote the whole field")
            : field;
    }

    private static string Quoted(string line, ref int position)
    {
        var field = new System.Text.StringBuilder();
        for (position++; position < line.Length; position++)
        {
            if (line[position] != '"')
            {
                field.Append(line[position]);
                continue;
            }

            position++;
            if (position == line.Length || line[position] == ',')
            {
                return field.ToString();
            }

            if (line[position] != '"')
            {
                break;
            }

            field.Append('"');
        }

        throw new SyntaxException("a quoted field is not closed, or has text after its closing quote");
    }
}
