using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Builds;

/// <summary>What instructions mean where builders once differed: as a current BuildKit has it.</summary>
public sealed class BuildSemanticsTests
{
    private static readonly BuildOptions Offline = new() { Network = BuildNetwork.None };

    [SkippableTheory]
    [InlineData("--mount=from=a")]
    [InlineData("--mount=from=a,target=")]
    [InlineData("--mount=type=cache,from=a")]
    public async Task A_mount_without_a_target_is_at_the_working_directory(string mount)
    {
        await using var fixture = Create();
        fixture.Write("f", "x");

        var result = await fixture.BuildAsync($"FROM scratch AS a\nCOPY f /f\nFROM {BuildFixture.Base}\nWORKDIR /w\nRUN {mount} cat f > /out\n", Offline);

        Assert.Equal("x", fixture.Merged(result)["out"].Content);
    }

    [Theory]
    [InlineData("--mount=from=a")]
    [InlineData("--mount=type=cache")]
    [InlineData("--mount=type=tmpfs")]
    [InlineData("--mount=type=tmpfs,target=/x/..")]
    [InlineData("--mount=type=secret,id=s,target=/")]
    public async Task A_mount_over_the_root_directory_is_refused(string mount)
    {
        await using var fixture = new BuildFixture();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync($"FROM scratch AS a\nFROM scratch\nRUN {mount} true\n"));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Equal("Dockerfile:3:1", error.Subject);
        Assert.Contains("root directory", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Images_are_for_the_platforms_that_were_asked_for_whatever_they_are_built_on()
    {
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        var options = new BuildOptions { Platforms = [Platform.Parse("linux/riscv64"), Platform.Parse("linux/arm/v7")] };

        var result = await fixture.BuildAsync($"FROM --platform=$BUILDPLATFORM {BuildFixture.Base}\nENV A=b\n", options);

        foreach (var platform in options.Platforms)
        {
            Assert.Equal(platform.ToString(), fixture.Engine.Images.Get(result.Digest.ToString(), platform).Config.Platform.ToString());
        }
    }

    [Fact]
    public async Task Triggers_of_an_image_read_stages_that_nothing_else_needs()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("f", "x");
        BuildFixture.AddBase(fixture.Engine, config: new ContainerDefaults { OnBuild = ["COPY --from=files /f /from-trigger"] });

        var result = await fixture.BuildAsync($"FROM scratch AS base\nCOPY f /f\nFROM base AS files\nFROM {BuildFixture.Base}\n");

        Assert.Equal("x", fixture.Merged(result)["from-trigger"].Content);
        Assert.Equal(["base", "files"], result.Stages.Select(s => s.Name).Skip(1).Order(StringComparer.Ordinal));
        Assert.Equal(3, fixture.Events.OfType<BuildPlanned>().Last().Stages.Count);
    }

    [Fact]
    public async Task A_trigger_of_an_image_that_names_no_readable_stage_asks_no_registry()
    {
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine, config: new ContainerDefaults { OnBuild = ["COPY --from=later /f /f"] });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync($"FROM {BuildFixture.Base} AS first\nFROM first AS later\n"));

        Assert.Contains("stands after", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FROM base\nCOPY f /f\n")]
    [InlineData("FROM scratch\nCOPY --from=base / /\nCOPY f /f\n")]
    [InlineData("FROM scratch\nCOPY --from=scratch / /\nCOPY f /f\n")]
    public async Task The_empty_image_is_asked_of_no_registry(string dockerfile)
    {
        await using var fixture = new BuildFixture();
        fixture.Write("f", "x");
        var options = new BuildOptions { NamedContexts = new Dictionary<string, string> { ["base"] = "docker-image://scratch" } };

        Assert.Equal(["f"], fixture.Files(await fixture.BuildAsync(dockerfile, options)));
    }

    [Fact]
    public async Task What_a_replaced_stage_reads_is_not_looked_for()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("f", "x");
        var options = new BuildOptions { NamedContexts = new Dictionary<string, string> { ["two"] = fixture.Context } };

        var result = await fixture.BuildAsync("FROM none.invalid/x AS one\nFROM scratch AS two\nCOPY --from=one /g /g\nFROM two\nCOPY f /h\n", options);

        Assert.Equal(["f", "h"], fixture.Files(result));
    }

    [SkippableFact]
    public async Task Caches_of_one_id_that_begin_otherwise_are_other_caches()
    {
        await using var fixture = Create();

        var result = await fixture.BuildAsync(
            $"""
            FROM {BuildFixture.Base} AS seed
            RUN mkdir /s && touch /s/seeded
            FROM {BuildFixture.Base}
            RUN --mount=type=cache,id=c,target=/c touch /c/plain
            RUN --mount=type=cache,id=c,target=/c,uid=1000 stat -c %u /c > /out && ls /c >> /out && touch /c/mine
            RUN --mount=type=cache,id=c,target=/c,mode=0700 ls /c >> /out
            RUN --mount=type=cache,id=c,target=/c,from=seed,source=/s ls /c >> /out
            RUN --mount=type=cache,id=c,target=/c,from=scratch ls /c >> /out
            RUN --mount=type=cache,id=c,target=/c,uid=1000,gid=0 ls /c >> /out
            """,
            Offline);

        Assert.Equal("1000\nseeded\nplain\nmine\n", fixture.Merged(result)["out"].Content);
    }

    [SkippableFact]
    public async Task Of_ENV_and_ARG_the_later_one_wins()
    {
        await using var fixture = Create();
        BuildFixture.AddBase(fixture.Engine, config: new ContainerDefaults { Env = ["PATH=/bin", "OF_BASE=env"] });
        var options = Offline with { BuildArguments = new Dictionary<string, string> { ["OF_BASE"] = "arg" } };

        var result = await fixture.BuildAsync(
            $"""
            FROM {BuildFixture.Base} AS first
            ENV A=env
            ARG A=arg OF_BASE UNSET
            LABEL first=$A,$OF_BASE
            RUN echo $A,$OF_BASE > /first
            ENV A=again
            LABEL second=$A,$OF_BASE
            RUN echo $A,$OF_BASE > /second
            FROM first
            RUN echo $A,$OF_BASE > /third
            """,
            options);

        var files = fixture.Merged(result);
        Assert.Equal(["arg,arg", "again,arg", "again,env"], new[] { "first", "second", "third" }.Select(name => files[name].Content.Trim()));
        Assert.Equal(["arg,arg", "again,arg"], fixture.Load(result).Config.Config!.Labels!.OrderBy(l => l.Key).Select(l => l.Value));
        Assert.Contains("OF_BASE=env", fixture.Load(result).Config.Config!.Env!);
    }

    [SkippableTheory]
    [InlineData("http_proxy")]
    [InlineData("HTTP_PROXY")]
    [InlineData("Http_Proxy")]
    public async Task A_proxy_is_there_under_both_of_its_names(string name)
    {
        await using var fixture = Create();
        var options = Offline with { BuildArguments = new Dictionary<string, string> { [name] = "p", ["no_proxy"] = "" } };

        var result = await fixture.BuildAsync($"FROM {BuildFixture.Base}\nENV http_proxy=e\nRUN echo $HTTP_PROXY,$http_proxy,${{NO_PROXY-unset}} > /out\n", options);

        Assert.Equal("p,p,unset\n", fixture.Merged(result)["out"].Content);
    }

    [SkippableFact]
    public async Task A_step_without_a_user_has_the_groups_of_root()
    {
        await using var fixture = Create();
        const string Groups = "RUN printf 'root:x:0:root\\nwheel:x:10:root,app\\n' > /etc/group\n";

        var result = await fixture.BuildAsync($"FROM {BuildFixture.Base}\n{Groups}RUN id -G > /none\nUSER root\nRUN id -G > /named\nUSER 0:0\nRUN id -G > /numbers\n", Offline);

        var files = fixture.Merged(result);
        Assert.Equal(["0 10", "0 10", "0"], new[] { "none", "named", "numbers" }.Select(name => files[name].Content.Trim()));
    }

    [Fact]
    public async Task A_flag_whose_variables_are_empty_is_absent()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("f", "x");

        var result = await fixture.BuildAsync("FROM scratch\nARG X\nCOPY --chmod=$X --chown=$X f /f\nADD --checksum=${X} --chmod=${X:-} f /g\n");

        Assert.Equal(["f", "g"], fixture.Files(result));
    }

    [Fact]
    public async Task Words_with_variables_are_checked_when_they_are_known()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("f", "x");

        await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync("FROM scratch\nARG X=SIGNOPE\nSTOPSIGNAL $X\n"));
        await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync("FROM scratch\nARG X=f\nADD --checksum=sha256:0 $X /\n"));
    }

    [SkippableFact]
    public async Task A_mounted_stage_that_was_built_again_with_the_same_files_lets_the_step_hit()
    {
        await using var fixture = Create();
        string Text(int n) => $"FROM {BuildFixture.Base} AS a\nARG N={n}\nRUN echo same > /f\nFROM {BuildFixture.Base}\nRUN --mount=from=a,source=/f,target=/m cat /m\n";
        await fixture.BuildAsync(Text(1), Offline);

        await fixture.BuildAsync(Text(2), Offline);

        Assert.True(fixture.Completed.Last(c => c.Reason is not null).Cached);
    }

    private static BuildFixture Create()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        return fixture;
    }
}
