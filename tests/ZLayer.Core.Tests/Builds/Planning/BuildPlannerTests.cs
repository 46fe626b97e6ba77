using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Builds.Planning;

public sealed class BuildPlannerTests
{
    [Fact]
    public void Stages_that_nobody_needs_are_dropped()
    {
        var plan = Plan("FROM a AS one\nFROM b AS unused\nFROM one AS two\nCOPY --from=one /x /x\n");
        Assert.Equal(["one", "two"], plan.Stages.Select(s => s.Stage.Name));
        Assert.Equal(1, plan.Targets[0].StageId);
    }

    [Theory]
    [InlineData("one", "one")]
    [InlineData("ONE", "one")]
    [InlineData("0", "one")]
    [InlineData("1", "two")]
    public void The_target_is_a_name_or_an_index(string target, string expected)
    {
        var plan = Plan("FROM a AS one\nFROM b AS two\nFROM c AS three\n", new BuildOptions { Target = target });
        Assert.Equal(expected, plan.Stages[plan.Targets[0].StageId].Stage.Name);
    }

    [Fact]
    public void An_unknown_target_names_the_stages()
    {
        var error = Assert.Throws<ZLayerException>(() => Plan("FROM a AS one\n", new BuildOptions { Target = "two" }));
        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Contains("one", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Mounts_and_copies_keep_the_stages_they_read()
    {
        var plan = Plan("FROM a AS m\nFROM b AS c\nFROM d AS rest\nFROM e\nRUN --mount=type=bind,from=m,target=/m true\nCOPY --from=1 /x /x\n");
        Assert.Equal(["m", "c", null], plan.Stages.Select(s => s.Stage.Name));
    }

    [Fact]
    public void Global_arguments_expand_in_FROM_and_build_arguments_win()
    {
        var options = new BuildOptions { BuildArguments = new Dictionary<string, string> { ["TAG"] = "2" } };
        var plan = Plan("ARG NAME=base\nARG TAG=1\nFROM ${NAME}:${TAG}\n", options);
        Assert.Equal("base:2", plan.Stages[0].Base.ToString());
    }

    [Fact]
    public void An_empty_base_name_is_an_error_with_its_place()
    {
        var error = Assert.Throws<ZLayerException>(() => Plan("ARG X\nFROM $X\n"));
        Assert.Equal("Dockerfile:2:1", error.Subject);
    }

    [Fact]
    public void Several_platforms_plan_their_stages_apart()
    {
        var options = new BuildOptions { Platforms = [Platform.Parse("linux/amd64"), Platform.Parse("linux/arm64")] };
        var plan = Plan("FROM --platform=$BUILDPLATFORM a AS tools\nFROM b\nCOPY --from=tools /x /x\n", options);
        Assert.Equal(4, plan.Stages.Count);
        Assert.Equal(Platform.Host.ToString(), plan.Stages[2].Platform.ToString());
        Assert.Equal("linux/arm64", plan.Stages[3].Platform.ToString());
    }

    [Fact]
    public void A_named_context_replaces_an_image_and_a_stage()
    {
        var options = new BuildOptions { NamedContexts = new Dictionary<string, string> { ["a"] = "docker-image://x", ["tools"] = "/dir" } };
        var plan = Plan("FROM b AS tools\nRUN true\nFROM a\nCOPY --from=tools / /\n", options);
        Assert.IsType<StageBase.NamedContext>(plan.Stages[^1].Base);
        Assert.Single(plan.Stages);
    }

    [Fact]
    public void Arguments_that_no_ARG_takes_are_named_but_predefined_ones_are_not()
    {
        var options = new BuildOptions { BuildArguments = new Dictionary<string, string> { ["A"] = "1", ["B"] = "2", ["HTTP_PROXY"] = "p" } };
        Assert.Equal(["B"], Plan("FROM a\nARG A\n", options).UnusedArguments);
    }

    private static BuildPlan Plan(string text, BuildOptions? options = null)
        => new BuildPlanner(Dockerfile.Parse(text), options ?? new BuildOptions()).Plan();
}
