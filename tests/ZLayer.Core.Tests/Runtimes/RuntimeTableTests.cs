using System.Runtime.CompilerServices;
using System.Text;
using ZLayer.Core.Runtimes;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Runtimes;

/// <summary>docs/runtimes.md shows what the runtimes declare. With ZLAYER_WRITE_DOCS=1 the test writes the table instead.</summary>
public sealed class RuntimeTableTests
{
    private const string Begin = "<!-- operations -->";
    private const string End = "<!-- /operations -->";

    [Fact]
    public void Documented_operations_are_those_that_the_runtimes_declare()
    {
        var path = PathOfPage();
        var text = File.ReadAllText(path);
        var (before, after) = (text[..(text.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length)], text[text.IndexOf(End, StringComparison.Ordinal)..]);
        var expected = $"{before}\n{MakeTable()}{after}";

        if (Environment.GetEnvironmentVariable("ZLAYER_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.Equal(expected, File.ReadAllText(path));
    }

    [Fact]
    public void Interface_has_49_operations()
        => Assert.Equal(Enumerable.Range(1, 49), Enum.GetValues<RuntimeOperation>().Select(o => (int)o));

    private static string MakeTable()
    {
        var runtimes = new ZLayerEngine(new ZLayerEngineOptions
        {
            Root = Path.Combine(Path.GetTempPath(), "unused"),
            FurtherRuntimes = new Dictionary<string, Func<IContainerRuntime>> { [FakeRuntime.RuntimeName] = () => new FakeRuntime() },
        }).Runtimes;
        var table = new StringBuilder($"| | operation | {string.Join(" | ", runtimes.Names)} |\n|---|---|{string.Concat(runtimes.Names.Select(_ => "---|"))}\n");
        foreach (var operation in Enum.GetValues<RuntimeOperation>())
        {
            var cells = runtimes.Names.Select(name => runtimes.Get(name).Capabilities.WhyDeclined(operation) is { } why ? $"declined: {why}" : "done");
            table.Append($"| {(int)operation} | `{SnakeCase(operation)}` | {string.Join(" | ", cells)} |\n");
        }

        return table.ToString();
    }

    private static string PathOfPage([CallerFilePath] string thisFile = "")
        => Path.Combine(Path.GetDirectoryName(thisFile)!, "..", "..", "..", "docs", "runtimes.md");

    private static string SnakeCase(RuntimeOperation operation)
        => string.Concat(operation.ToString().Select((c, i) => char.IsUpper(c) && i > 0 ? $"_{char.ToLowerInvariant(c)}" : char.ToLowerInvariant(c).ToString()));
}
