using System.Globalization;
using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>
/// Reads <c>/etc/passwd</c> and <c>/etc/group</c> of an image, which may hold anything: row by row, once from its beginning to its end, and
/// only so much of it.
/// </summary>
internal static class UserTable
{
    /// <summary>The largest table that is read, in bytes: some hundred thousand users.</summary>
    public const int MaximumSize = 16 << 20;

    private const int LongestRow = 1 << 20;

    /// <summary>The rows that have a field for a number, as fields; comments and what is no row are left out.</summary>
    /// <param name="content">The file; it is closed at the end.</param>
    /// <param name="path">Its path in the image, for errors.</param>
    /// <exception cref="ZLayerException">BuildStepInvalid: it is too large.</exception>
    public static IEnumerable<string[]> ReadRows(Stream content, string path)
    {
        using var reader = new StreamReader(content, Encoding.UTF8);
        var row = new StringBuilder();
        var buffer = new char[1 << 14];
        var total = 0L;
        for (int count; (count = reader.Read(buffer, 0, buffer.Length)) > 0;)
        {
            if ((total += count) > MaximumSize)
            {
                throw TooLarge(path);
            }

            var rest = 0;
            for (int end; (end = Array.IndexOf(buffer, '\n', rest, count - rest)) >= 0; rest = end + 1)
            {
                row.Append(buffer, rest, end - rest);
                if (Split(row) is { } fields)
                {
                    yield return fields;
                }

                row.Clear();
            }

            row.Append(buffer, rest, count - rest);
        }

        if (Split(row) is { } last)
        {
            yield return last;
        }
    }

    /// <summary>An id as these files and options write it: a number of 0 or more.</summary>
    public static bool TryParseId(ReadOnlySpan<char> text, out uint value)
        => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    private static string[]? Split(StringBuilder row)
    {
        if (row.Length is 0 or > LongestRow || row[0] == '#')
        {
            return null;
        }

        var fields = row.ToString().Trim().Split(':', 8);
        return fields.Length > 2 ? fields : null;
    }

    private static ZLayerException TooLarge(string path)
        => new(ZLayerErrorKind.BuildStepInvalid, $"Cannot look up a user: {path} of the image is larger than {MaximumSize} bytes.")
        {
            Subject = path,
            Advice = "Give users and groups as numbers.",
        };
}
