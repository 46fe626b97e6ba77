using System.Formats.Tar;
using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Tests.Builds.Files;

namespace ZLayer.Core.Tests.Builds;

/// <summary>SOURCE_DATE_EPOCH: where it may stand, what it may say, and what it does to images and outputs.</summary>
public sealed class SourceDateTests
{
    private static readonly DateTimeOffset Time = DateTimeOffset.FromUnixTimeSeconds(1_500_000_000);

    [Theory]
    [InlineData("FROM scratch\nENV A=b\n", "1500000000")]
    [InlineData("ARG SOURCE_DATE_EPOCH=1500000000\nFROM scratch\nENV A=b\n", null)]
    public async Task It_is_the_time_of_an_image_without_layers(string dockerfile, string? argument)
    {
        await using var fixture = new BuildFixture();

        var image = fixture.Load(await fixture.BuildAsync(dockerfile, With(argument))).Config;

        Assert.Equal(Time, image.Created);
        Assert.Equal(Time, Assert.Single(image.History!).Created);
    }

    [Fact]
    public async Task It_is_the_time_of_what_the_build_made_and_not_of_its_base()
    {
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        fixture.Write("f", "x");

        var image = fixture.Load(await fixture.BuildAsync($"FROM {BuildFixture.Base}\nCOPY f /f\nENV A=b\n", With("1500000000"))).Config;

        Assert.Equal(Time, image.Created);
        Assert.Equal([null, Time, Time], image.History!.Select(h => h.Created));
    }

    [Fact]
    public async Task Steps_that_declare_it_see_the_number()
    {
        await using var fixture = new BuildFixture();
        var options = new BuildOptions { SourceDateEpoch = Time };

        var image = fixture.Load(await fixture.BuildAsync("FROM scratch\nARG SOURCE_DATE_EPOCH\nLABEL time=$SOURCE_DATE_EPOCH\n", options)).Config;

        Assert.Equal("1500000000", image.Config!.Labels!["time"]);
    }

    [Theory]
    [InlineData("context")]
    [InlineData("directory")]
    public async Task A_source_without_a_time_gives_none(string value)
    {
        await using var fixture = new BuildFixture();
        fixture.Write("f", "x");
        var options = With(value) with { NamedContexts = new Dictionary<string, string> { ["directory"] = fixture.Context } };
        const string Text = "FROM scratch\nARG SOURCE_DATE_EPOCH\nLABEL time=${SOURCE_DATE_EPOCH-unset}\nCOPY f /f\n";

        var image = fixture.Load(await fixture.BuildAsync(Text, options)).Config;

        Assert.Equal("unset", image.Config!.Labels!["time"]);
        Assert.True(image.Created > Time);
    }

    [Fact]
    public async Task A_stage_that_adds_one_file_of_a_server_has_its_time()
    {
        using var files = new CopyFixture();
        var dockerfile = Dockerfile.Parse("ARG HOST=h\nFROM scratch AS when\nARG FILE=f\nADD https://$HOST/$FILE /\nFROM scratch\n");
        var path = files.Write("f", "x");
        var date = new SourceDate((address, _) => Task.FromResult(Download(address == "https://h/f" ? path : "", Time)));

        var (options, _) = await date.ResolveAsync(With("WHEN"), dockerfile);

        Assert.Equal(Time, options.SourceDateEpoch);
        Assert.Equal("1500000000", options.BuildArguments["SOURCE_DATE_EPOCH"]);
    }

    [Fact]
    public async Task An_archive_of_a_server_that_says_no_time_has_that_of_its_newest_file()
    {
        using var files = new CopyFixture();
        using (var layer = files.LayerFile(CopyFixture.Dir("d"), CopyFixture.Reg("d/f", "x")))
        {
            File.Copy(layer.Name, Path.Combine(files.Context, "a.tar"));
        }

        var date = new SourceDate((_, _) => Task.FromResult(Download(Path.Combine(files.Context, "a.tar"), DateTimeOffset.UnixEpoch)));
        var named = With("src") with { NamedContexts = new Dictionary<string, string> { ["src"] = "https://h/a.tar" } };

        var (options, _) = await date.ResolveAsync(named, Dockerfile.Parse("FROM scratch\n"));

        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1000), options.SourceDateEpoch);
    }

    [Theory]
    [InlineData("tomorrow", "FROM scratch\n", ZLayerErrorKind.InvalidArgument)]
    [InlineData("-1", "FROM scratch\n", ZLayerErrorKind.InvalidArgument)]
    [InlineData("253402300800", "FROM scratch\n", ZLayerErrorKind.InvalidArgument)]
    [InlineData("a", "FROM scratch AS a\nCOPY f /f\n", ZLayerErrorKind.BuildStepInvalid)]
    [InlineData("a", "FROM scratch AS a\nADD f /f\n", ZLayerErrorKind.BuildStepInvalid)]
    [InlineData("a", "FROM busybox AS a\nADD https://h/f /f\n", ZLayerErrorKind.BuildStepInvalid)]
    [InlineData("a", "FROM scratch AS a\nADD https://h/f /f\nADD https://h/g /g\n", ZLayerErrorKind.BuildStepInvalid)]
    public async Task What_is_no_time_and_no_source_of_one_is_refused(string value, string dockerfile, ZLayerErrorKind kind)
    {
        var date = new SourceDate((_, _) => throw new InvalidOperationException("nothing is to be fetched"));

        Assert.Equal(kind, (await Assert.ThrowsAsync<ZLayerException>(() => date.ResolveAsync(With(value), Dockerfile.Parse(dockerfile)))).Kind);
    }

    [Fact]
    public void The_environment_is_asked_where_no_build_argument_says_it()
    {
        var environment = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "context", ["OTHER"] = "x" };

        Assert.Equal("context", Assert.Single(With(null).WithEnvironment(environment).BuildArguments).Value);
        Assert.Equal("5", Assert.Single(With("5").WithEnvironment(environment).BuildArguments).Value);
        Assert.Empty(With(null).WithEnvironment(new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = "" }).BuildArguments);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(",rewrite-timestamp=true", 1)]
    public async Task An_output_may_have_a_time_of_its_own(string rewrite, int rewritten)
    {
        await using var fixture = new BuildFixture();
        fixture.Write("f", "x");
        var archive = fixture.PathOf("out.tar");
        var output = ExporterSpecification.Parse($"type=oci,dest={archive},name=timed,source-date-epoch=1500000000{rewrite}");

        var result = await fixture.BuildAsync("FROM scratch\nCOPY f /f\nENV A=b\n", new BuildOptions { Outputs = [output] });

        await using var other = fixture.CreateEngine("other");
        await other.LoadAsync(archive);
        var image = other.Images.Get("timed", null);
        Assert.Equal(Time, image.Config.Created);
        Assert.All(image.Config.History!, h => Assert.Equal(Time, h.Created));
        using var layer = new TarReader(other.Layers.OpenTar(image.Config.RootFs.DiffIds[0]));
        Assert.Equal(rewritten == 1, layer.GetNextEntry()!.ModificationTime == Time);
        Assert.True(fixture.Load(result).Config.Created > Time);
    }

    private static BuildOptions With(string? value)
        => value is null ? new BuildOptions() : new BuildOptions { BuildArguments = new Dictionary<string, string> { ["SOURCE_DATE_EPOCH"] = value } };

    private static CopySource Download(string path, DateTimeOffset time) => new(new DownloadTree(path, "f", default, time, "test"), "f");
}
