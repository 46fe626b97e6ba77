using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Cli;

public sealed class RegistryCommandTests(RegistryFixture registry) : IClassFixture<RegistryFixture>, IDisposable
{
    private readonly CliProcess _cli = new();

    public void Dispose() => _cli.Dispose();

    [SkippableFact]
    public void Pushed_image_is_pulled_into_an_empty_root_with_the_same_digest()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var name = $"{registry.Registry}/cli/roundtrip:1";
        var id = Build(name);

        var pushed = _cli.Run("push", name).Succeeded();
        var pulled = _cli.Run("--root", "elsewhere", "pull", name).Succeeded();

        Assert.Equal(pushed.Output, pulled.Output);
        Assert.Matches($"^{name} sha256:[0-9a-f]{{64}}\n$", pushed.Output);
        Assert.Contains(id, _cli.Run("--root", "elsewhere", "images", "--json").Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal("1\n", _cli.Run("tags", $"{registry.Registry}/cli/roundtrip").Succeeded().Output);
        Assert.Matches("(?m)^0 blobs uploaded", _cli.Run("push", name).Succeeded().Error);
    }

    [SkippableFact]
    public void Build_pushes_what_it_tagged()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var name = $"{registry.Registry}/cli/pushed-by-build:2";

        Build(name, "--push");

        _cli.Run("--root", "elsewhere", "pull", name).Succeeded();
    }

    [SkippableFact]
    public void What_a_registry_holds_is_copied_listed_inspected_attached_to_and_deleted()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var (source, copy) = ($"{registry.Registry}/cli/source:1", $"{registry.Registry}/cli/copy:1");
        Build(source, "--push");
        _cli.Write("sbom.json", "{}");

        var plan = _cli.Run("copy", source, copy, "--dry-run").Succeeded();
        var copied = _cli.Run("copy", source, copy).Succeeded();
        var attached = _cli.Run("artifact", "attach", copy, "sbom.json:application/json", "--type", "application/spdx+json", "--annotation", "a=a", "--annotation", "a=b").Succeeded();

        Assert.Matches("(?m)^mount sha256:", plan.Output);
        Assert.Matches($"^{copy} sha256:[0-9a-f]{{64}}\n$", copied.Output);
        Assert.Contains("cli/copy\n", _cli.Run("catalog", registry.Registry).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("sha256:", _cli.Run("tags", "--long", copy).Succeeded().Output, StringComparison.Ordinal);
        Assert.Contains("architecture", _cli.Run("inspect", "--remote", copy).Succeeded().Output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("application/spdx+json", _cli.Run("referrers", copy).Succeeded().Output, StringComparison.Ordinal);
        Assert.EndsWith("sbom.json\n", _cli.Run("artifact", "pull", attached.Output.Trim(), "-o", "out").Succeeded().Output, StringComparison.Ordinal);
        var digest = copied.Output.Trim().Split(' ')[1];
        _cli.Run("delete", $"{registry.Registry}/cli/copy@{digest}").Succeeded();
        Assert.Equal(1, _cli.Run("inspect", "--remote", copy).ExitCode);
    }

    [SkippableFact]
    public void Several_platforms_are_pulled_and_one_is_pushed()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var (all, one) = ($"{registry.Registry}/cli/platforms:1", $"{registry.Registry}/cli/platform:1");
        Build(all, "--platform", "linux/amd64,linux/arm64,linux/riscv64", "--push");

        _cli.Run("push", all, one, "--platform", "linux/arm64").Succeeded();
        Assert.Equal(1, _cli.Run("--root", "elsewhere", "pull", all, "--policy", "never").ExitCode);
        _cli.Run("--root", "elsewhere", "pull", all, "--platform", "linux/arm64,linux/riscv64", "--policy", "missing").Succeeded();
        var offline = _cli.Run("--root", "elsewhere", "pull", all, "--platform", "linux/riscv64", "--policy", "never").Succeeded();

        Assert.StartsWith(all + " sha256:", offline.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("manifests", _cli.Run("manifest", "inspect", "--remote", one).Succeeded().Output, StringComparison.Ordinal);
        _cli.Run("--root", "elsewhere", "inspect", all, "--platform", "linux/arm64").Succeeded();
        Assert.Equal(2, _cli.Run("pull", all, "--policy", "sometimes").ExitCode);
    }

    [SkippableFact]
    public void Layers_are_pushed_in_the_compression_that_is_named()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var name = $"{registry.Registry}/cli/compressed";
        Build(name + ":built", "--push", "--compression", "zstd", "--compression-level", "3");

        _cli.Run("push", name + ":built", name + ":plain", "--compression", "none").Succeeded();
        _cli.Run("--root", "elsewhere", "pull", name + ":built").Succeeded();
        _cli.Run("--root", "elsewhere", "push", name + ":built", name + ":kept", "--compression", "gzip").Succeeded();
        _cli.Run("--root", "elsewhere", "push", name + ":built", name + ":forced", "--compression", "gzip", "--compression-level", "9", "--force-compression")
            .Succeeded();

        Assert.Contains("tar+zstd", Document(name + ":built"), StringComparison.Ordinal);
        Assert.DoesNotContain("tar+", Document(name + ":plain"), StringComparison.Ordinal);
        Assert.Contains("tar+zstd", Document(name + ":kept"), StringComparison.Ordinal);
        Assert.Contains("tar+gzip", Document(name + ":forced"), StringComparison.Ordinal);
    }

    private string Document(string name) => _cli.Run("manifest", "inspect", "--remote", name).Succeeded().Output;

    [SkippableFact]
    public void Image_that_the_registry_does_not_have_is_a_failure()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);

        var result = _cli.Run("pull", $"{registry.Registry}/no/such:1");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("no/such:1", result.Error, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Login_is_kept_for_the_next_command_and_forgotten_by_logout()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var locked = await RegistryFixture.StartAsync(withUsers: true);
        try
        {
            var name = $"{locked.Registry}/cli/private:1";
            Build(name);
            Assert.Equal(1, _cli.Run("push", name).ExitCode);

            var refused = _cli.Run("wrong\n", ["login", locked.Registry, "--username", RegistryFixture.User, "--password-stdin"]);
            Assert.Equal(1, refused.ExitCode);
            Assert.DoesNotContain("wrong", refused.Error, StringComparison.Ordinal);

            _cli.Run(RegistryFixture.Password + "\n", ["login", locked.Registry, "--username", RegistryFixture.User, "--password-stdin"]).Succeeded();
            _cli.Run("push", name).Succeeded();
            _cli.Run("logout", locked.Registry).Succeeded();
            Assert.Equal(1, _cli.Run("pull", name).ExitCode);
        }
        finally
        {
            await locked.DisposeAsync();
        }
    }

    private string Build(string name, params string[] more)
    {
        _cli.Write("context/Dockerfile", "FROM scratch\nCOPY a.txt /a.txt\n");
        _cli.Write("context/a.txt", "a");
        return _cli.Run(["build", "context", "-t", name, .. more]).Succeeded().Output.Trim();
    }
}
