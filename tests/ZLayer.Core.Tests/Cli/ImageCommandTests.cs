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
    public void A_list_shows_what_its_names_and_filters_let_through()
    {
        _cli.Run("build", "context", "-t", "test/one:1", "--platform", "linux/arm64").Succeeded();
        _cli.Run("build", "context", "-t", "test/two:1", "--label", "tier=web").Succeeded();
        _cli.Run("build", "context", "-t", "other:1", "--reproducible").Succeeded();

        Assert.Equal(["test/one:1", "test/two:1"], List("test/*"));
        Assert.Equal(["test/two:1"], List("--filter", "reference=test/two"));
        Assert.Equal(["test/two:1"], List("--filter", "label=tier=web"));
        Assert.Equal(["other:1", "test/one:1", "test/two:1"], List("--filter", "dangling=false"));
        Assert.Empty(List("--filter", "dangling=true"));
        Assert.Equal(["other:1"], List("--filter", "before=test/one:1"));
        Assert.Equal(["test/one:1", "test/two:1"], List("--filter", "since=other:1"));
        Assert.Equal(["test/one:1"], List("--platform", "linux/arm64"));
        Assert.Equal(2, _cli.Run("images", "--filter", "dangling=perhaps").ExitCode);
        Assert.Equal(2, _cli.Run("images", "--filter", "colour=red").ExitCode);
        Assert.Equal(2, _cli.Run("images", "--filter", "since=test/one:1", "--filter", "since=other:1").ExitCode);
    }

    [Fact]
    public void One_platform_is_saved_compressed_and_loaded_under_another_name()
    {
        _cli.Run("build", "context", "-t", "both:1", "--platform", "linux/amd64,linux/arm64").Succeeded();

        _cli.Run("save", "both:1", "-o", "one.tar", "--platform", "linux/arm64", "--compression", "zstd", "--compression-level", "3").Succeeded();
        _cli.Run("--root", "elsewhere", "load", "one.tar", "--tag", "named:2").Succeeded();
        _cli.Run("save", "both:1", "-o", "both.tar").Succeeded();
        _cli.Run("--root", "third", "load", "both.tar", "--platform", "linux/arm64").Succeeded();

        var image = JsonNode.Parse(_cli.Run("--root", "elsewhere", "inspect", "named:2").Succeeded().Output)!;
        Assert.Equal("arm64", image["config"]!["architecture"]!.GetValue<string>());
        Assert.EndsWith("tar+zstd", image["manifest"]!["layers"]![0]!["mediaType"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal("arm64", JsonNode.Parse(_cli.Run("--root", "third", "inspect", "both:1").Succeeded().Output)!["config"]!["architecture"]!.GetValue<string>());
        Assert.Equal(2, _cli.Run("save", "both:1", "-o", "x.tar", "--runtime", "fake", "--compression", "zstd").ExitCode);
        Assert.Equal(2, _cli.Run("load", "both.tar", "--runtime", "fake", "--tag", "x:1").ExitCode);
    }

    [Fact]
    public void A_root_file_system_gets_the_config_that_changes_say()
    {
        _cli.Run("build", "context", "-o", "type=tar,dest=root.tar").Succeeded();

        _cli.Run("import", "root.tar", "made:1", "-c", "CMD [\"sh\"]", "--change", "ENV A=b", "-m", "from a tar", "--platform", "linux/arm64").Succeeded();

        var config = JsonNode.Parse(_cli.Run("inspect", "made:1").Succeeded().Output)!["config"]!;
        Assert.Equal("arm64", config["architecture"]!.GetValue<string>());
        Assert.Equal("sh", config["config"]!["Cmd"]![0]!.GetValue<string>());
        Assert.Equal("A=b", config["config"]!["Env"]!.AsArray()[^1]!.GetValue<string>());
        Assert.Equal("from a tar", config["history"]!.AsArray()[^1]!["comment"]!.GetValue<string>());
    }

    [Fact]
    public void Removed_names_leave_their_content_with_no_prune()
    {
        _cli.Run("build", "context", "-t", "kept:1").Succeeded();

        Assert.DoesNotContain("Deleted:", _cli.Run("rmi", "--no-prune", "kept:1").Succeeded().Output, StringComparison.Ordinal);

        Assert.Matches(@"Image: [1-9]\d* removed", _cli.Run("prune").Succeeded().Output);
    }

    [Fact]
    public void Prune_removes_the_kinds_ages_and_labels_that_are_named()
    {
        _cli.Run("build", "context", "-t", "plain:1").Succeeded();
        _cli.Run("build", "context", "-t", "web:1", "--label", "tier=web").Succeeded();

        Assert.Equal("nothing to remove\n", _cli.Run("prune", "--kind", "image").Succeeded().Output);
        Assert.Equal("nothing to remove\n", _cli.Run("prune", "--kind", "image", "--all", "--filter", "until=1h").Succeeded().Output);
        Assert.StartsWith("Image: ", _cli.Run("prune", "--kind", "image", "--all", "--filter", "label=tier=web").Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(["plain:1"], List());
        Assert.Equal("nothing to remove\n", _cli.Run("prune", "--kind", "build-cache", "--keep-storage", "1GB").Succeeded().Output);
        Assert.StartsWith("BuildCache: ", _cli.Run("prune", "--kind", "build-cache").Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(["plain:1"], List());
        Assert.Equal(2, _cli.Run("prune", "--kind", "volume").ExitCode);
        Assert.Equal(2, _cli.Run("prune", "--containers", "--kind", "image").ExitCode);
        Assert.Equal(2, _cli.Run("prune", "--kind", "image", "--filter", "id=0123").ExitCode);
    }

    private IEnumerable<string> List(params string[] arguments)
        => JsonNode.Parse(_cli.Run(["images", "--json", .. arguments]).Succeeded().Output)!.AsArray()
            .Select(image => image!["reference"]!.GetValue<string>())
            .Order(StringComparer.Ordinal);

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
