using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Builds;

namespace ZLayer.Core.Tests.Faults;

/// <summary>Data roots in strange places, and environments with nothing in them.</summary>
public sealed class DataRootTests
{
    private static readonly BuildOptions NoNetwork = new() { Network = BuildNetwork.None, Tags = [ImageReference.Parse("x:1")] };

    [SkippableTheory]
    [InlineData("with spaces and, commas")]
    [InlineData("nicht-ASCII-äöü-日本語")]
    [InlineData("colon:and=equals")]
    [InlineData("back\\slash and 'quotes\"")]
    public async Task A_data_root_of_any_name_builds_and_runs(string name)
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        await using var engine = fixture.CreateEngine(name);
        BuildFixture.AddBase(engine);
        fixture.Write("a", "1");
        var result = await fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nCOPY a /a\nRUN --mount=type=cache,target=/c --mount=type=bind,target=/ctx cat /a /ctx/a > /b\nRUN cat /b > /d\n", NoNetwork, engine);
        Assert.Equal("11", fixture.Merged(result, engine)["d"].Content);
        StoreChecks.AssertTidy(engine);
    }

    [SkippableFact]
    public async Task A_read_only_data_root_can_be_read_and_refuses_what_writes()
    {
        Skip.IfNot(SmallDisk.CanMount, SmallDisk.WhyNot);
        await using var fixture = new BuildFixture();
        using var disk = SmallDisk.Mount(fixture.PathOf("disk"), 16);
        await using var engine = fixture.CreateEngine("disk/root");
        fixture.Write("a", "1");
        await fixture.BuildAsync("FROM scratch\nCOPY a /\n", new BuildOptions { Tags = [ImageReference.Parse("x:1")] }, engine);
        Tests.Layers.Program.Run("mount", "-o", "remount,ro", disk.Path);
        await using var reader = fixture.CreateEngine("disk/root");
        Assert.Single(reader.Images.List());
        Assert.Equal("x", reader.Images.Inspect("x:1").Repository.Split('/')[^1]);
        Assert.NotEmpty(reader.Images.GetHistory("x:1"));
        Assert.NotEmpty(reader.GetUsage());
        var errors = new List<ZLayerException>
        {
            await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync("FROM scratch\nCOPY a /b\n", engine: reader)),
            await Assert.ThrowsAsync<ZLayerException>(() => reader.PruneAsync(new ZLayer.Core.Storage.PruneOptions { Layers = true })),
            Assert.Throws<ZLayerException>(() => reader.Images.Remove("x:1")),
            Assert.Throws<ZLayerException>(() => reader.Images.Tag("x:1", ImageReference.Parse("y:1"))),
        };
        Assert.All(errors, e =>
        {
            Assert.True(e.Kind is ZLayerErrorKind.StorageWriteFailed or ZLayerErrorKind.AccessDenied, e.ToString());
            Assert.Contains("Read-only", e.Message, StringComparison.OrdinalIgnoreCase);
            Assert.NotNull(e.Advice);
        });
    }

    [Fact]
    public async Task A_data_root_that_is_a_file_is_told()
    {
        await using var fixture = new BuildFixture();
        await File.WriteAllTextAsync(fixture.PathOf("file"), "");
        await using var engine = fixture.CreateEngine("file");
        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync("FROM scratch\nLABEL a=b\n", engine: engine));
        Assert.True(error.Kind is ZLayerErrorKind.StorageWriteFailed, error.ToString());
        Assert.Contains(engine.Layout.Root, error.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Without_home_and_path_a_build_still_works()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        await using var fixture = new BuildFixture();
        fixture.Write("a", "1");
        fixture.Write("Dockerfile", "FROM scratch\nCOPY a /\n");
        var environment = new Dictionary<string, string?> { ["HOME"] = null, ["PATH"] = null, ["XDG_DATA_HOME"] = null, ["TMPDIR"] = null, ["DOCKER_CONFIG"] = null };
        var ended = await CommandLine.RunAsync(fixture.PathOf("data"), ["build", "-t", "x:1", fixture.Context], environment);
        Assert.True(ended.ExitCode == 0, ended.Error);
        ended = await CommandLine.RunAsync(fixture.PathOf("data"), ["images"], environment);
        Assert.Contains("x", ended.Output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Without_path_a_step_finds_the_runtime_or_says_what_to_install()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        fixture.Write("Dockerfile", $"FROM {BuildFixture.Base}\nRUN echo ran > /ran\n");
        foreach (var path in (string?[])[null, "", "/nonexistent"])
        {
            var ended = await CommandLine.RunAsync(
                fixture.Engine.Layout.Root, ["build", "--no-cache", "--network", "none", fixture.Context], new Dictionary<string, string?> { ["PATH"] = path, ["HOME"] = null });
            Assert.True(ended.ExitCode == 0 || ended.Error.Contains("nstall", StringComparison.Ordinal), ended.Error);
        }
    }

    [SkippableFact]
    public async Task A_relative_data_root_is_taken_from_the_working_directory()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        await using var fixture = new BuildFixture();
        fixture.Write("a", "1");
        fixture.Write("Dockerfile", "FROM scratch\nCOPY a /\n");
        var ended = await CommandLine.RunAsync(
            null, ["build", "-t", "x:1", fixture.Context], new Dictionary<string, string?> { ["ZLAYER_HOME"] = "my/home" }, directory: fixture.PathOf("."));
        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.True(File.Exists(fixture.PathOf("my/home/oci-layout")));
        ended = await CommandLine.RunAsync("my/home", ["inspect", "x:1"], directory: fixture.PathOf("."));
        Assert.True(ended.ExitCode == 0, ended.Error);
        ended = await CommandLine.RunAsync(fixture.PathOf("my/home"), ["inspect", "x:1"]);
        Assert.True(ended.ExitCode == 0, ended.Error);
    }

    [SkippableFact]
    public async Task Errors_of_the_command_line_say_place_and_advice_and_exit_with_one()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        await using var fixture = new BuildFixture();
        fixture.Write("Dockerfile", "FROM scratch\nCOPY gone /\n");
        var ended = await CommandLine.RunAsync(fixture.PathOf("data"), ["build", fixture.Context]);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("Dockerfile:2", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ZLayer", ended.Error, StringComparison.Ordinal);
        fixture.Write("Dockerfile", "FROM scratch\nCOPPY gone /\nENV\n");
        ended = await CommandLine.RunAsync(fixture.PathOf("data"), ["build", fixture.Context]);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("Dockerfile:2", ended.Error, StringComparison.Ordinal);
        Assert.Contains("Dockerfile:3", ended.Error, StringComparison.Ordinal);
        ended = await CommandLine.RunAsync(fixture.PathOf("data"), ["build", "--no-such-option", fixture.Context]);
        Assert.Equal(2, ended.ExitCode);
        ended = await CommandLine.RunAsync(fixture.PathOf("data"), ["inspect", "gone:1"]);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("gone:1", ended.Error, StringComparison.Ordinal);
    }
}
