using System.Text;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Cli;

public sealed class ManifestCommandTests(RegistryFixture registry) : IClassFixture<RegistryFixture>, IDisposable
{
    private readonly CliProcess _cli = new();

    public void Dispose() => _cli.Dispose();

    [SkippableFact]
    public void A_list_is_made_changed_pushed_and_removed()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var list = $"{registry.Registry}/cli/list:1";
        Build("app:amd64", "linux/amd64");
        Build("app:arm64", "linux/arm64");

        Assert.Matches($"^{list} sha256:[0-9a-f]{{64}}\n$", _cli.Run("manifest", "create", list, "app:amd64").Succeeded().Output);
        Assert.Equal(1, _cli.Run("manifest", "create", list).ExitCode);
        _cli.Run("manifest", "add", list, "app:arm64", "--os-version", "1.2", "--annotation", "a=b").Succeeded();
        var document = _cli.Run("manifest", "inspect", list).Succeeded().Output;
        Assert.Contains("\"os.version\":\"1.2\"", document, StringComparison.Ordinal);
        var entry = document.Split("\"digest\":\"")[2][..71];
        _cli.Run("manifest", "annotate", list, entry, "--annotation", "a=").Succeeded();
        var pushed = _cli.Run("manifest", "push", list).Succeeded();
        Assert.Matches("(?m)^4 blobs uploaded", pushed.Error);
        var remote = _cli.Run("--root", "elsewhere", "manifest", "inspect", list).Succeeded().Output;
        Assert.Contains(Digest.Of(Encoding.UTF8.GetBytes(remote)).ToString(), pushed.Output, StringComparison.Ordinal);
        _cli.Run("manifest", "rm", list, entry).Succeeded();
        Assert.DoesNotContain(entry, _cli.Run("manifest", "inspect", list).Output, StringComparison.Ordinal);
        _cli.Run("manifest", "rm", list).Succeeded();
        Assert.Equal(1, _cli.Run("manifest", "rm", list).ExitCode);
    }

    [Fact]
    public void A_list_that_is_there_is_amended_or_replaced_on_demand()
    {
        Build("app:amd64", "linux/amd64");
        Build("app:arm64", "linux/arm64");

        _cli.Run("manifest", "create", "--amend", "list:1", "app:amd64").Succeeded();
        _cli.Run("manifest", "create", "-a", "list:1", "app:arm64").Succeeded();
        var amended = _cli.Run("manifest", "inspect", "list:1").Succeeded().Output;
        _cli.Run("manifest", "create", "--force", "list:1", "app:arm64").Succeeded();
        var replaced = _cli.Run("manifest", "inspect", "list:1").Succeeded().Output;

        Assert.Equal((3, 2), (amended.Split("\"digest\":").Length, replaced.Split("\"digest\":").Length));
        Assert.Equal(2, _cli.Run("manifest", "create", "--amend", "--force", "list:1").ExitCode);
    }

    [SkippableFact]
    public void The_images_of_a_list_are_pushed_in_the_compression_that_is_named()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var list = $"{registry.Registry}/cli/compressed-list:1";
        Build("app:amd64", "linux/amd64");
        _cli.Run("manifest", "create", list, "app:amd64").Succeeded();

        _cli.Run("manifest", "push", list, "--compression", "zstd", "--compression-level", "3").Succeeded();
        _cli.Run("--root", "elsewhere", "pull", list).Succeeded();

        Assert.Contains("tar+zstd", _cli.Run("--root", "elsewhere", "inspect", list).Succeeded().Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_is_named_by_its_image()
    {
        Build("app:amd64", "linux/amd64");
        Build("app:arm64", "linux/arm64");
        Build("other:1", "linux/amd64");
        _cli.Run("manifest", "create", "list:1", "app:amd64", "app:arm64").Succeeded();

        _cli.Run("manifest", "annotate", "list:1", "app:arm64", "--variant", "v9").Succeeded();

        Assert.Contains("\"architecture\":\"arm64\",\"os\":\"linux\",\"variant\":\"v9\"", _cli.Run("manifest", "inspect", "list:1").Output, StringComparison.Ordinal);
        Assert.Contains("has no entry of the image other:1", Refused("manifest", "annotate", "list:1", "other:1", "--variant", "v9"), StringComparison.Ordinal);
        Assert.Contains("has 2 entries of the image list:1", Refused("manifest", "annotate", "list:1", "list:1", "--variant", "v9"), StringComparison.Ordinal);
        Assert.Contains("There is no manifest list", Refused("manifest", "annotate", "none:1", "app:arm64"), StringComparison.Ordinal);
    }

    [Fact]
    public void Several_lists_are_removed_at_once()
    {
        Build("app:amd64", "linux/amd64");
        _cli.Run("manifest", "create", "list:1", "app:amd64").Succeeded();
        _cli.Run("manifest", "create", "list:2", "app:amd64").Succeeded();

        Assert.Equal(2, _cli.Run("manifest", "rm", "list:1", "list:2", $"sha256:{new string('0', 64)}").ExitCode);
        _cli.Run("manifest", "rm", "list:1", "list:2").Succeeded();

        Assert.Contains("There is no manifest list", Refused("manifest", "rm", "list:1"), StringComparison.Ordinal);
        Assert.Contains("There is no manifest list", Refused("manifest", "rm", "list:2"), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_manifest_of_a_single_image_is_shown()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var image = $"{registry.Registry}/cli/single:1";
        Build(image, "linux/amd64");
        _cli.Run("push", image).Succeeded();

        var local = _cli.Run("manifest", "inspect", image).Succeeded().Output;
        var remote = _cli.Run("manifest", "inspect", "--remote", image).Succeeded().Output;

        Assert.Contains("\"layers\":[", local, StringComparison.Ordinal);
        Assert.Contains("\"layers\":[", remote, StringComparison.Ordinal);
    }

    private string Refused(params string[] arguments)
    {
        var result = _cli.Run(arguments);
        Assert.Equal(1, result.ExitCode);
        return result.Error;
    }

    private void Build(string tag, string platform)
    {
        _cli.Write("ctx/f", tag);
        var dockerfile = _cli.Write("ctx/Dockerfile", $"FROM scratch\nLABEL a={platform}\nCOPY f /f\n");
        _cli.Run("build", "--platform", platform, "-t", tag, "-f", dockerfile, Path.GetDirectoryName(dockerfile)!).Succeeded();
    }
}
