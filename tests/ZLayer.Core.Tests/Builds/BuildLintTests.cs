using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Builds;

/// <summary>What a build says of how its Dockerfile is written.</summary>
public sealed class BuildLintTests
{
    [Fact]
    public async Task The_environment_of_the_base_image_is_known_and_what_it_lacks_is_warned_of_with_a_suggestion()
    {
        await using var fixture = Create();

        await fixture.BuildAsync($"FROM {BuildFixture.Base} AS one\nENV OWN=1\nFROM one\nLABEL a=$OF_BASE b=$OWN c=$PATH d=$OF_BASSE\n");

        var warning = Assert.Single(fixture.Events.OfType<BuildWarning>());
        Assert.Equal("UndefinedVar", warning.Rule);
        Assert.Contains("$OF_BASSE", warning.Message, StringComparison.Ordinal);
        Assert.Contains("$OF_BASE", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_base_image_whose_triggers_set_variables_is_not_guessed_about()
    {
        await using var fixture = Create(onBuild: "ENV FROM_TRIGGER=1");

        await fixture.BuildAsync($"FROM {BuildFixture.Base}\nLABEL a=$FROM_TRIGGER\n");

        Assert.Empty(fixture.Events.OfType<BuildWarning>());
    }

    [Fact]
    public async Task Several_platforms_warn_once()
    {
        await using var fixture = Create();
        fixture.Write("f", "x");
        fixture.Write(".dockerignore", "g");
        fixture.Write("g", "x");
        var options = new BuildOptions { Platforms = [Platform.Parse("linux/amd64"), Platform.Parse("linux/arm64")] };

        await fixture.BuildAsync("FROM scratch\nCOPY f g* /\nCOPY f /$NONE\n", options);

        var warnings = fixture.Events.OfType<BuildWarning>().Select(w => (w.Rule, w.Location)).ToList();
        Assert.Equal(warnings.Distinct(), warnings);
        Assert.Contains(("UndefinedVar", "Dockerfile:3:1"), warnings);
    }

    [Theory]
    [InlineData("FROM scratch AS Build\nNOPE\n")]
    [InlineData("FROM scratch AS Build\nCOPY --from=later /f /f\nFROM scratch AS later\nCOPY --from=Build / /\n")]
    [InlineData("FROM scratch AS Build\nFROM docker-archive:///none AS other\n")]
    public async Task A_Dockerfile_with_an_error_is_warned_of_all_the_same(string dockerfile)
    {
        await using var fixture = new BuildFixture();

        await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync(dockerfile));

        Assert.Contains(fixture.Events.OfType<BuildWarning>(), w => w.Rule == "StageNameCasing");
    }

    [Theory]
    [InlineData("skip=all", false, 0)]
    [InlineData("skip=StageNameCasing", false, 0)]
    [InlineData("error=true", true, 1)]
    [InlineData("", false, 1)]
    public async Task The_build_argument_for_checks_stands_in_for_the_directive(string check, bool fails, int warnings)
    {
        await using var fixture = new BuildFixture();
        var options = new BuildOptions { BuildArguments = new Dictionary<string, string> { ["BUILDKIT_DOCKERFILE_CHECK"] = check } };

        var build = () => fixture.BuildAsync("# check=skip=FromAsCasing\nFROM scratch AS Build\nENV A=b\n", options);

        if (fails)
        {
            Assert.Contains("StageNameCasing", (await Assert.ThrowsAsync<ZLayerException>(build)).Message, StringComparison.Ordinal);
        }
        else
        {
            await build();
        }

        Assert.Equal(warnings, fixture.Events.OfType<BuildWarning>().Count());
    }

    [Fact]
    public async Task Checks_that_are_none_are_refused()
    {
        await using var fixture = new BuildFixture();
        var options = new BuildOptions { BuildArguments = new Dictionary<string, string> { ["BUILDKIT_DOCKERFILE_CHECK"] = "nonsense" } };

        Assert.Equal(ZLayerErrorKind.InvalidArgument, (await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync("FROM scratch\n", options))).Kind);
    }

    private static BuildFixture Create(string? onBuild = null)
    {
        var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine, config: new ContainerDefaults { Env = ["OF_BASE=1"], OnBuild = onBuild is null ? null : [onBuild] });
        return fixture;
    }
}
