using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Builds;

public sealed class BuildConsentTests
{
    private static readonly BuildEntitlement Insecure = BuildEntitlement.Parse("security.insecure");
    private static readonly BuildEntitlement HostNetwork = BuildEntitlement.Parse("network.host");

    [Theory]
    [InlineData("RUN --security=insecure true", "--security=insecure", "security.insecure")]
    [InlineData("RUN --network=host true", "--network=host", "network.host")]
    [InlineData("RUN --device=vendor.com/gpu=0 true", "--device=vendor.com/gpu=0", "device=vendor.com/gpu=0")]
    [InlineData("RUN --device=name=vendor.com/gpu=0,required true", "--device=vendor.com/gpu=0", "device=vendor.com/gpu=0")]
    [InlineData("RUN --mount=type=cache,target=/c --network=none --security=insecure <<EOF\ntrue\nEOF", "--security=insecure", "security.insecure")]
    [InlineData("run \\\n  --security=insecure \\\n  [\"true\"]", "--security=insecure", "security.insecure")]
    public async Task A_step_that_asks_for_a_privilege_is_refused_before_anything_runs(string step, string flag, string option)
    {
        await using var fixture = new BuildFixture();

        var error = await RefusedAsync(fixture, $"FROM scratch\nCOPY . /\n{step}\n");

        Assert.Contains("Dockerfile:3:1", error.Message, StringComparison.Ordinal);
        Assert.Equal("Dockerfile:3:1", error.Subject);
        Assert.Contains(flag, error.Message, StringComparison.Ordinal);
        Assert.Contains($"--allow {option}", error.Advice, StringComparison.Ordinal);
        Assert.Contains($"-Allow '{option}'", error.Advice, StringComparison.Ordinal);
        Assert.Empty(fixture.Events);
    }

    [Fact]
    public async Task One_error_names_every_step_that_asks()
    {
        await using var fixture = new BuildFixture();

        var error = await RefusedAsync(fixture, "FROM scratch AS a\nRUN --network=host --security=insecure true\nFROM a\nRUN --device=x.y/z=1 true\n");

        Assert.Equal(3, error.Details.Count);
        Assert.Contains(error.Details, line => line.Contains("Dockerfile:4:1", StringComparison.Ordinal));
        Assert.Contains("--allow security.insecure --allow network.host --allow device=x.y/z=1", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_trigger_of_a_stage_is_refused_where_it_would_run()
    {
        await using var fixture = new BuildFixture();

        var error = await RefusedAsync(fixture, "FROM scratch AS base\nONBUILD RUN --security=insecure evil\nFROM base\nCOPY . /\n");

        Assert.Contains("ONBUILD RUN --security=insecure evil", error.Message, StringComparison.Ordinal);
        Assert.Contains("stage base", error.Message, StringComparison.Ordinal);
        Assert.Contains("Dockerfile:3:1", error.Message, StringComparison.Ordinal);
        Assert.Empty(fixture.Events);
    }

    [Fact]
    public async Task A_trigger_that_does_not_run_and_a_stage_that_is_not_needed_ask_for_nothing()
    {
        await using var fixture = new BuildFixture();

        await fixture.BuildAsync("FROM scratch AS unused\nRUN --security=insecure true\nFROM scratch\nONBUILD RUN --security=insecure true\n");
    }

    [Fact]
    public async Task A_stage_that_a_named_context_replaces_asks_for_nothing()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("other/file", "x");
        var contexts = new Dictionary<string, string> { ["tool"] = Path.Combine(fixture.Context, "other") };

        await fixture.BuildAsync(
            "FROM scratch AS tool\nRUN --security=insecure true\nFROM scratch\nCOPY --from=tool /file /\n", new BuildOptions { NamedContexts = contexts });
    }

    [Theory]
    [InlineData("RUN --security=insecure evil", "--security=insecure", "security.insecure")]
    [InlineData("run --network=host <<EOF\nevil\nEOF", "--network=host", "network.host")]
    [InlineData("RUN --device=x.y/z=1 evil", "--device=x.y/z=1", "device=x.y/z=1")]
    public async Task A_trigger_of_a_base_image_is_refused_before_its_stage_begins(string trigger, string flag, string option)
    {
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine, "evil/base:1", new ContainerDefaults { OnBuild = ["LABEL a=b", trigger] });

        var error = await RefusedAsync(fixture, "# comment\nFROM evil/base:1\nCOPY . /\n");

        Assert.Contains("evil/base:1", error.Message, StringComparison.Ordinal);
        Assert.Contains("ONBUILD " + trigger.Split('\n')[0], error.Message, StringComparison.Ordinal);
        Assert.Contains("Dockerfile:2:1", error.Message, StringComparison.Ordinal);
        Assert.Contains(flag, error.Message, StringComparison.Ordinal);
        Assert.Contains("the base image evil/base:1", error.Advice, StringComparison.Ordinal);
        Assert.Contains($"--allow {option}", error.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Events, e => e is InstructionStarted);
    }

    [Fact]
    public async Task A_trigger_of_an_image_that_a_named_context_gives_is_refused_too()
    {
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine, "evil/base:1", new ContainerDefaults { OnBuild = ["RUN --security=insecure evil"] });
        var options = new BuildOptions { NamedContexts = new Dictionary<string, string> { ["base"] = "docker-image://evil/base:1" } };

        var error = await RefusedAsync(fixture, "FROM base\nCOPY . /\n", options);

        Assert.Contains("evil/base:1", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FROM {0}\n")]
    [InlineData("FROM scratch\nCOPY --from={0} / /\n")]
    [InlineData("FROM evil/base:1\n")]
    public async Task A_dockerfile_or_trigger_reads_no_image_from_a_path_of_the_machine(string dockerfile)
    {
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine, "private/image:1");
        var archive = fixture.PathOf("private.tar");
        await fixture.Engine.GetBuilder(null).ExportOciArchiveAsync("private/image:1", archive);
        foreach (var place in new[] { "oci-archive://" + archive, "oci-layout://" + fixture.Engine.Layout.Root, "docker-archive://" + archive })
        {
            BuildFixture.AddBase(fixture.Engine, "evil/base:1", new ContainerDefaults { OnBuild = [$"COPY --from={place} / /"] });

            var error = await Assert.ThrowsAsync<ZLayerException>(
                () => fixture.BuildAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, dockerfile, place)));

            Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
            Assert.Contains($"--build-context NAME={place}", error.Advice, StringComparison.Ordinal);
        }

        var named = new BuildOptions { NamedContexts = new Dictionary<string, string> { ["given"] = "oci-archive://" + archive } };
        await fixture.BuildAsync("FROM given\n", named);
    }

    [Fact]
    public async Task The_host_network_of_the_build_is_consent_to_the_host_network_alone()
    {
        await using var fixture = new BuildFixture();

        var error = await RefusedAsync(
            fixture, "FROM scratch\nRUN --network=host true\nRUN --security=insecure true\n", new BuildOptions { Network = BuildNetwork.Host });

        Assert.Contains("Dockerfile:3:1", error.Message, StringComparison.Ordinal);
        Assert.Empty(error.Details);
        Assert.DoesNotContain("network.host", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Consent_to_one_privilege_is_consent_to_no_other()
    {
        await using var fixture = new BuildFixture();
        const string Everything = "FROM scratch\nRUN --security=insecure true\nRUN --network=host true\nRUN --device=x.y/z=1 true\n";

        foreach (var (allow, refused) in new[] { ("security.insecure", 2), ("network.host", 2), ("device", 2), ("device=x.y/z=2", 3), ("device=x.y", 3) })
        {
            var error = await RefusedAsync(fixture, Everything, new BuildOptions { Allow = [BuildEntitlement.Parse(allow)] });
            Assert.Equal(refused, error.Details.Count);
        }
    }

    [Theory]
    [InlineData("device", "x.y/z=1", true)]
    [InlineData("device=x.y/z=1", "x.y/z=1", true)]
    [InlineData("device=x.y/z", "x.y/z=1", true)]
    [InlineData("device=x.y/z=*", "x.y/z=1", true)]
    [InlineData("device=x.y/z=1", "x.y/z=10", false)]
    [InlineData("device=x.y/z", "x.y/zz=1", false)]
    [InlineData("device=*", "x.y/z=1", false)]
    [InlineData("network.host", "x.y/z=1", false)]
    public void A_device_is_allowed_by_name_by_kind_or_with_all_others(string allow, string device, bool expected)
        => Assert.Equal(expected, BuildEntitlement.Parse(allow).Covers(new BuildEntitlement { Privilege = BuildPrivilege.Device, Device = device }));

    [Theory]
    [InlineData("")]
    [InlineData("device=")]
    [InlineData("device= ")]
    [InlineData("Security.Insecure")]
    [InlineData("security")]
    [InlineData("network.host=1")]
    public void Other_words_are_not_privileges(string text)
        => Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => BuildEntitlement.Parse(text)).Kind);

    [SkippableFact]
    public async Task With_consent_a_step_has_the_privilege_and_without_it_its_cached_result_is_refused()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine, config: new ContainerDefaults { Env = ["PATH=/bin"], OnBuild = ["RUN --security=insecure grep Seccomp: /proc/self/status > /trigger"] });
        const string Text = "FROM test/base:1\nRUN --security=insecure --network=host readlink /proc/self/ns/net > /net\n";
        var allowed = new BuildOptions { Allow = [Insecure, HostNetwork] };

        var result = await fixture.BuildAsync(Text, allowed);
        var again = await fixture.BuildAsync(Text, allowed);
        var error = await RefusedAsync(fixture, Text, new BuildOptions { Allow = [HostNetwork] });

        Assert.Equal("Seccomp:\t0\n", fixture.Merged(result)["trigger"].Content);
        Assert.Equal(new FileInfo("/proc/self/ns/net").LinkTarget + "\n", fixture.Merged(result)["net"].Content);
        Assert.Equal(2, again.CacheHits);
        Assert.Contains("--security=insecure", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(fixture.Events, e => e is InstructionCompleted);
    }

    private static async Task<ZLayerException> RefusedAsync(BuildFixture fixture, string dockerfile, BuildOptions? options = null)
    {
        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync(dockerfile, options));
        Assert.Equal(ZLayerErrorKind.ConsentRequired, error.Kind);
        return error;
    }
}
