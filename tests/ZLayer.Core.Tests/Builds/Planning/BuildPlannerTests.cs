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

    [Theory]
    [InlineData("FROM a AS one\nCOPY --from=one /x /x\n", "cannot read its own files")]
    [InlineData("FROM a\nCOPY --from=0 /x /x\n", "cannot read its own files")]
    [InlineData("FROM a AS one\nRUN --mount=from=ONE,target=/x true\n", "cannot read its own files")]
    [InlineData("FROM a AS one\nCOPY --from=two /x /x\nFROM one AS two\n", "stands after")]
    [InlineData("FROM a AS one\nRUN --mount=from=two,target=/x true\nFROM one AS two\n", "stands after")]
    [InlineData("FROM a AS one\nFROM b\nCOPY --from=2 /x /x\n", "there is no stage 2")]
    [InlineData("FROM a\nCOPY --from=99999999999 /x /x\n", "there is no stage 99999999999")]
    [InlineData("FROM a AS one\nONBUILD COPY --from=two /x /x\nFROM one AS two\n", "cannot read its own files")]
    public void A_name_or_number_that_is_no_readable_stage_is_an_error_and_never_an_image(string text, string reason)
    {
        var error = Assert.Throws<ZLayerException>(() => Plan(text));
        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Triggers_of_a_stage_keep_the_stages_they_read()
    {
        var plan = Plan("FROM a AS files\nFROM b AS unused\nFROM c AS below\nONBUILD COPY --from=files /x /x\nONBUILD RUN --mount=from=1,target=/m true\nFROM below\n");
        Assert.Equal(["files", "unused", "below", null], plan.Stages.Select(s => s.Stage.Name));
    }

    [Theory]
    [InlineData("alpine", "alpine:latest")]
    [InlineData("docker.io/library/alpine", "alpine")]
    [InlineData("Alpine", "alpine")]
    public void A_named_context_is_found_under_every_spelling_of_an_image(string context, string image)
    {
        var options = new BuildOptions { NamedContexts = new Dictionary<string, string> { [context] = "docker-image://x" } };
        Assert.IsType<StageBase.NamedContext>(Plan($"FROM {image}\n", options).Stages[0].Base);
    }

    [Fact]
    public void The_empty_image_cannot_be_replaced()
    {
        var options = new BuildOptions { NamedContexts = new Dictionary<string, string> { ["scratch"] = "docker-image://x" } };
        Assert.IsType<StageBase.Scratch>(Plan("FROM scratch\n", options).Stages[0].Base);
    }

    [Theory]
    [InlineData("FROM a\n", null, "default")]
    [InlineData("FROM a AS one\nFROM b\n", null, "default")]
    [InlineData("FROM a AS one\n", null, "one")]
    [InlineData("FROM a AS one\nFROM b AS two\n", "ONE", "ONE")]
    [InlineData("FROM a AS one\nFROM b AS two\n", "0", "one")]
    [InlineData("FROM a\nFROM b AS two\n", "0", "default")]
    public void The_target_stage_is_known_by_its_name(string text, string? target, string expected)
        => Assert.Equal(expected, Plan(text, new BuildOptions { Target = target }).Globals.Values.First().FromScope('\\').Get("TARGETSTAGE"));

    [Fact]
    public void A_default_that_a_build_argument_replaces_is_not_evaluated()
    {
        var options = new BuildOptions { BuildArguments = new Dictionary<string, string> { ["IMG"] = "y" } };
        Assert.Equal("y", Plan("ARG IMG=${REG:?unset}/x\nFROM $IMG\n", options).Stages[0].Base.ToString());
        Assert.Throws<ZLayerException>(() => Plan("ARG IMG=${REG:?unset}/x\nFROM $IMG\n"));
    }

    [Theory]
    [InlineData("STOPSIGNAL SIGNOPE", "invalid signal 'SIGNOPE'")]
    [InlineData("STOPSIGNAL 0", "invalid signal '0'")]
    [InlineData("ADD --checksum=sha256:0000000000000000000000000000000000000000000000000000000000000000 a.txt /", "http(s) addresses and git")]
    [InlineData("ADD --checksum=nonsense a.txt /", "http(s) addresses and git")]
    [InlineData("ADD --checksum=sha256:00 https://h/a https://h/b /", "one source")]
    public void Words_that_an_instruction_cannot_have_are_refused_before_anything_runs(string instruction, string reason)
    {
        var error = Assert.Throws<ZLayerException>(() => Plan($"FROM a\nRUN true\n{instruction}\n"));
        Assert.Equal("Dockerfile:3:1", error.Subject);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SIGTERM")]
    [InlineData("term")]
    [InlineData("9")]
    [InlineData("SIGRTMIN+3")]
    public void Signals_have_names_and_numbers(string signal) => Plan($"FROM a\nSTOPSIGNAL {signal}\n");

    [Fact]
    public void A_stage_on_another_has_its_platform_and_an_empty_one_that_of_the_build()
    {
        var options = new BuildOptions { Platforms = [Platform.Parse("linux/s390x")] };
        var plan = Plan("FROM --platform=$BUILDPLATFORM a AS one\nFROM one AS two\nFROM --platform=$BUILDPLATFORM scratch\nCOPY --from=two / /\n", options);
        Assert.Equal([Platform.Host.ToString(), Platform.Host.ToString(), "linux/s390x"], plan.Stages.Select(s => s.Platform.ToString()));
    }

    private static BuildPlan Plan(string text, BuildOptions? options = null)
        => new BuildPlanner(Dockerfile.Parse(text), options ?? new BuildOptions()).Plan();
}
