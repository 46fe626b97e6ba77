using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Cli.Display;

/// <summary>
/// Aligned columns under a heading, the same on a terminal and in a pipe. Cells are made fit for a display: <see cref="DisplayText"/>.
/// </summary>
internal sealed class TextTable(params string[] headings)
{
    private const int Gap = 3;

    private readonly List<string[]> _rows = [[.. headings.Select(DisplayText.Line)]];

    public void Add(params string[] cells) => _rows.Add([.. cells.Select(DisplayText.Line)]);

    public void WriteTo(TextWriter output)
    {
        var widths = headings.Select((_, column) => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows)
        {
            var line = new StringBuilder();
            for (var column = 0; column < row.Length; column++)
            {
                line.Append(row[column].PadRight(widths[column] + Gap));
            }

            output.WriteLine(line.ToString().TrimEnd());
        }
    }
}
