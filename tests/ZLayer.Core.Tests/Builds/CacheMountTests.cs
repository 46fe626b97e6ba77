using ZLayer.Core.Builds;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Builds;

/// <summary>Cache mounts of real steps: what a new one is made of, and how the mounts of one step go together.</summary>
public sealed class CacheMountTests
{
    private const string Seed = $"FROM {BuildFixture.Base} AS seed\nRUN mkdir -p /seed/in && echo x > /seed/in/file && chmod 2750 /seed && chown -R 12:34 /seed\nFROM {BuildFixture.Base}\n";
    private const string Look = "stat -c '%a %u:%g' /c /c/in/file";

    private static readonly BuildOptions Offline = new() { Network = BuildNetwork.None };

    [SkippableTheory]
    [InlineData("type=cache,target=/c,from=seed,source=/seed", "2750 12:34\n644 12:34\n")]
    [InlineData("type=cache,target=/c,from=seed,source=/seed,mode=0711", "711 12:34\n644 12:34\n")]
    [InlineData("type=cache,target=/c,from=seed,source=/seed,uid=5", "2750 5:34\n644 12:34\n")]
    [InlineData("type=cache,target=/c,from=seed,source=/seed,sharing=locked,uid=5,gid=6,mode=0700", "700 5:6\n644 12:34\n")]
    public async Task A_new_cache_is_like_the_directory_it_is_made_of_unless_the_mount_says_otherwise(string mount, string expected)
    {
        await using var fixture = Create();

        var result = await fixture.BuildAsync($"{Seed}RUN --mount={mount} {Look} > /out\n", Offline);

        Assert.Equal(expected, fixture.Merged(result)["out"].Content);
    }

    [Theory]
    [InlineData("seed")]
    [InlineData("SEED")]
    [InlineData("0")]
    [InlineData("1")]
    public async Task A_mount_that_every_step_gets_is_not_made_of_a_stage(string from)
    {
        await using var fixture = new BuildFixture();
        fixture.Write("f", "F");
        var options = new BuildOptions { DefaultCacheMounts = [$"target=/c,from={from},source=/f"] };

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync("FROM scratch AS seed\nCOPY f /f\nFROM scratch\nRUN true\n", options));

        Assert.Equal((ZLayerErrorKind.InvalidArgument, from), (error.Kind, error.Subject));
    }

    [Fact]
    public async Task A_mount_that_every_step_gets_may_be_made_of_a_context_that_replaces_a_stage()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("f", "F");
        var options = new BuildOptions
        {
            DefaultCacheMounts = ["target=/c,from=seed,source=/f"],
            NamedContexts = new Dictionary<string, string> { ["seed"] = fixture.Context },
        };

        Assert.Equal(["f"], fixture.Files(await fixture.BuildAsync("FROM scratch AS seed\nFROM scratch\nCOPY f /f\n", options)));
    }

    [SkippableTheory]
    [InlineData("type=cache,target=/c", "755 0:0\n")]
    [InlineData("type=cache,target=/c,uid=1000,gid=1001,mode=0770", "770 1000:1001\n")]
    public async Task A_new_cache_has_the_owner_and_mode_that_the_mount_says(string mount, string expected)
    {
        await using var fixture = Create();

        var result = await fixture.BuildAsync($"FROM {BuildFixture.Base}\nRUN --mount={mount} stat -c '%a %u:%g' /c > /out\n", Offline);

        Assert.Equal(expected, fixture.Merged(result)["out"].Content);
    }

    [SkippableFact]
    public async Task Steps_at_once_find_a_seeded_cache_whole()
    {
        await using var fixture = Create();
        const string Step = "RUN --mount=type=cache,id=one,target=/c,from=seed,source=/seed find /c -type f | wc -l > /out";

        var result = await fixture.BuildAsync(
            $"""
            FROM {BuildFixture.Base} AS seed
            RUN mkdir /seed && cd /seed && for i in $(seq 1000); do echo $i > $i; done
            FROM {BuildFixture.Base} AS a
            {Step}
            FROM {BuildFixture.Base} AS b
            {Step} # b
            FROM {BuildFixture.Base} AS c
            {Step} # c
            FROM scratch
            COPY --from=a /out /a
            COPY --from=b /out /b
            COPY --from=c /out /c
            """,
            Offline);

        var files = fixture.Merged(result);
        Assert.Equal(["1000", "1000", "1000"], new[] { "a", "b", "c" }.Select(name => files[name].Content.Trim()));
    }

    [SkippableTheory]
    [InlineData("shared", "locked")]
    [InlineData("locked", "locked")]
    [InlineData("private", "shared")]
    public async Task Mounts_of_one_id_in_one_step_are_one_cache(string first, string second)
    {
        await using var fixture = Create();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        var result = await fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nRUN --mount=type=cache,id=x,target=/a,sharing={first} --mount=type=cache,id=x,target=/b,sharing={second} echo 1 > /a/f && cat /b/f > /out\n",
            Offline,
            cancellationToken: patience.Token);

        Assert.Equal("1\n", fixture.Merged(result)["out"].Content);
    }

    [SkippableFact]
    public async Task Steps_that_lock_the_same_caches_in_another_order_do_not_wait_for_each_other()
    {
        await using var fixture = Create();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        const string A = "--mount=type=cache,id=a,target=/a,sharing=locked";
        const string B = "--mount=type=cache,id=b,target=/b,sharing=locked";
        var stages = Enumerable.Range(0, 8).Select(i => $"FROM {BuildFixture.Base} AS s{i}\nRUN {(i % 2 == 0 ? $"{A} {B}" : $"{B} {A}")} echo {i} > /out\n");
        var copies = Enumerable.Range(0, 8).Select(i => $"COPY --from=s{i} /out /{i}\n");

        var result = await fixture.BuildAsync(string.Concat(stages) + "FROM scratch\n" + string.Concat(copies), Offline, cancellationToken: patience.Token);

        Assert.Equal(8, fixture.Files(result).Length);
    }

    [SkippableTheory]
    [InlineData("type=cache,target=/c,id=", "same\n")]
    [InlineData("type=cache,target=/c,id=${NOTHING}", "same\n")]
    [InlineData("type=cache,target=/c,id=\" \"", "other\n")]
    public async Task An_empty_id_is_the_target_and_a_blank_one_an_id_of_its_own(string mount, string expected)
    {
        await using var fixture = Create();

        var result = await fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nRUN --mount=type=cache,target=/c echo 1 > /c/f\nRUN --mount={mount} test -e /c/f && echo same > /out || echo other > /out\n",
            Offline);

        Assert.Equal(expected, fixture.Merged(result)["out"].Content);
    }

    [SkippableFact]
    public async Task Mounts_without_a_target_are_at_the_working_directory()
    {
        await using var fixture = Create();
        fixture.Write("file", "x");

        var result = await fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nWORKDIR /w\nRUN --mount=type=bind ls > /out\nRUN --mount=type=cache,id=x,target= touch /w/f\nRUN --mount=type=cache,id=x,target=/w ls >> /out\nRUN --mount=type=tmpfs ls | wc -l >> /out\n",
            Offline);

        Assert.Equal("file\nf\n0\n", fixture.Merged(result)["out"].Content);
    }

    [SkippableFact]
    public async Task A_mount_that_is_refused_names_the_line()
    {
        await using var fixture = Create();

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => fixture.BuildAsync($"FROM {BuildFixture.Base}\nRUN --mount=type=cache,target=/dev true\n", Offline));

        Assert.Equal((ZLayerErrorKind.BuildStepInvalid, "Dockerfile:2:1"), (error.Kind, error.Subject));
        Assert.Contains("(Dockerfile:2:1)", error.Message, StringComparison.Ordinal);
    }

    private static BuildFixture Create()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        return fixture;
    }
}
