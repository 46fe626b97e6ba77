using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Cli;

public sealed class ErrorsPageTests
{
    [Fact]
    public void Every_error_kind_has_its_row_with_advice()
    {
        var rows = File.ReadLines(Page()).Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|').Split('|')).ToDictionary(cells => cells[0].Trim(' ', '`'));

        Assert.Equal(Enum.GetNames<ZLayerErrorKind>().Order(StringComparer.Ordinal), rows.Keys.Order(StringComparer.Ordinal));
        Assert.All(rows.Values, cells => Assert.True(cells.Length == 3 && cells.All(c => c.Trim().Length > 0)));
    }

    private static string Page([CallerFilePath] string thisFile = "")
        => Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "docs", "errors.md");
}
