using System.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// The parts of an instruction's line: keyword, flags without their quotes, and the rest; each with its offset in the logical line.
/// </summary>
internal sealed record InstructionHead(
    string Keyword, int KeywordOffset, IReadOnlyList<(string Text, int Offset)> Flags, string Arguments, int ArgumentsOffset)
{
    /// <summary>
    /// Splits a line from <paramref name="start"/> on. The white space of Dockerfiles is that of ASCII; outer white space is any.
    /// </summary>
    internal static InstructionHead Split(string line, int start, char escape)
    {
        int position = SkipSpace(line, start);
        int keyword = position;
        while (position < line.Length && line[position] is not (' ' or '\t' or '\v' or '\f' or '\r'))
        {
            position++;
        }

        string word = line[keyword..position];
        var flags = new List<(string, int)>();
        position = SkipSpace(line, position);
        while (position + 1 < line.Length && line[position] == '-' && line[position + 1] == '-')
        {
            int offset = position;
            string flag = ReadFlag(line, ref position, escape);
            position = SkipSpace(line, position);
            if (flag == "--")
            {
                break;
            }

            flags.Add((flag, offset));
        }

        return new InstructionHead(word.TrimEnd(), keyword, flags, line[position..].TrimEnd(), position);
    }

    internal bool Is(string keyword) => Keyword.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    // Quotes and escapes are taken off here, so that --exclude="a b" is one flag.
    private static string ReadFlag(string line, ref int position, char escape)
    {
        var flag = new StringBuilder();
        char quote = '\0';
        for (; position < line.Length; position++)
        {
            char next = line[position];
            if (next == escape)
            {
                if (++position < line.Length)
                {
                    flag.Append(line[position]);
                }
            }
            else if (quote != '\0')
            {
                if (next == quote)
                {
                    quote = '\0';
                }
                else
                {
                    flag.Append(next);
                }
            }
            else if (next is '\'' or '"')
            {
                quote = next;
            }
            else if (char.IsWhiteSpace(next))
            {
                break;
            }
            else
            {
                flag.Append(next);
            }
        }

        position = Math.Min(position, line.Length);
        return flag.ToString();
    }

    private static int SkipSpace(string line, int position)
    {
        while (position < line.Length && char.IsWhiteSpace(line[position]))
        {
            position++;
        }

        return position;
    }
}
