using System.Text.Json.Nodes;
using ZLayer.Core.Tests.Equivalence;

namespace ZLayer.Core.Tests.Cli;

public sealed class ImageCommandTests : IDisposable
{
    private readonly CliProcess _cli = new();

    public ImageCommandTests()
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /a.txt\nLABEL made=by-test\nENV A=b\n");
        _cli.Write("context/a.txt", "a");
    }

    public void Dispose() => _cli.Dispose();

    [Fact]
    public void Empty_store_lists_only_the_headings()
        => Assert.Matches(@"^REPOSITORY +TAG +IMAGE ID +PLATFORM +CREATED +SIZE\n$", _cli.Run("images").Succeeded().Output);

    [Fact]
    public void Images_are_listed_tagged_and_removed()
    {
        _cli.Run("build", "context", "-t", "test/one:1").Succeeded();
        _cli.Run("tag", "test/one:1", "localhost:5000/two").Succeeded();

        var listed = _cli.Run("images").Succeeded().Output;
        Assert.Matches(@"(?m)^test/one +1 +[0-9a-f]{12} ", listed);
        Assert.Matches(@"(?m)^localhost:5000/two +latest +[0-9a-f]{12} ", listed);

        Assert.Contains("Untagged: test/one:1", _cli.Run("rmi", "test/one:1").Succeeded().Output, StringComparison.Ordinal);
        Assert.DoesNotContain("test/one", _cli.Run("images").Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("localhost:5000/two", _cli.Run("images").Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_lists_can_be_read_by_programs()
    {
        var id = _cli.Run("build", "context", "-t", "json:2").Succeeded().Output.Trim();

        var image = Assert.Single(JsonNode.Parse(_cli.Run("images", "--json").Succeeded().Output)!.AsArray())!;

        Assert.Equal("json:2", image["reference"]!.GetValue<string>());
        Assert.Equal(id, image["id"]!.GetValue<string>());
        Assert.Equal("by-test", image["labels"]!["made"]!.GetValue<string>());
    }

    [Fact]
    public void Inspect_shows_the_stored_manifest_and_config()
    {
        _cli.Run("build", "context", "-t", "inspect:1").Succeeded();

        var detail = JsonNode.Parse(_cli.Run("inspect", "inspect:1").Succeeded().Output)!;

        Assert.Equal(2, detail["manifest"]!["schemaVersion"]!.GetValue<int>());
        Assert.Contains("A=b", detail["config"]!["config"]!["Env"]!.AsArray().Select(v => v!.GetValue<string>()));
    }

    [Fact]
    public void History_shows_the_newest_step_first()
    {
        _cli.Run("build", "context", "-t", "history:1").Succeeded();

        var lines = _cli.Run("history", "history:1").Succeeded().Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(4, lines.Length);
        Assert.Contains("ENV A=b", lines[1], StringComparison.Ordinal);
        Assert.Contains("COPY a.txt", lines[3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oci")]
    [InlineData("docker")]
    public void Saved_images_are_loaded_elsewhere_unchanged(string format)
    {
        var id = _cli.Run("build", "context", "-t", "saved:1").Succeeded().Output;
        _cli.Run("save", "saved:1", "-o", "saved.tar", "--format", format).Succeeded();

        _cli.Run("--root", "elsewhere", "load", "saved.tar").Succeeded();

        var image = Assert.Single(JsonNode.Parse(_cli.Run("--root", "elsewhere", "images", "--json").Succeeded().Output)!.AsArray())!;
        Assert.Equal("saved:1", image["reference"]!.GetValue<string>());
        Assert.Equal(id.Trim(), image["id"]!.GetValue<string>());
    }

    [Fact]
    public void Root_file_system_becomes_an_image()
    {
        _cli.Run("build", "context", "-o", "type=tar,dest=root.tar").Succeeded();

        Assert.StartsWith("sha256:", _cli.Run("import", "root.tar", "imported:1").Succeeded().Output, StringComparison.Ordinal);

        _cli.Run("save", "imported:1", "-o", "imported.tar").Succeeded();
        var files = ImageSnapshot.FromArchive(Path.Combine(_cli.Directory, "imported.tar"), _ => { }).Value["files"]!.AsArray();
        Assert.Contains(files, f => f!.GetValue<string>().Contains("/a.txt", StringComparison.Ordinal));
    }

    [Fact]
    public void Unknown_image_is_a_failure_with_advice()
    {
        var result = _cli.Run("inspect", "no/such:image");

        Assert.Equal(1, result.ExitCode);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("advice: ", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Prune_frees_what_lost_its_name_and_keeps_the_rest()
    {
        _cli.Run("build", "context", "-t", "kept:1").Succeeded();
        _cli.Write("context/a.txt", "another content");
        _cli.Run("build", "context", "-t", "gone:1").Succeeded();
        _cli.Run("rmi", "gone:1").Succeeded();

        Assert.Matches(@"\d+ removed", _cli.Run("prune", "--all", "--dry-run").Succeeded().Output);
        _cli.Run("prune", "--all").Succeeded();

        Assert.Contains("kept", _cli.Run("images").Succeeded().Output, StringComparison.Ordinal);
        _cli.Run("save", "kept:1", "-o", "kept.tar").Succeeded();
        Assert.Contains("SIZE", _cli.Run("df").Succeeded().Output, StringComparison.Ordinal);
    }
}
