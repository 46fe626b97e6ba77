using System.Net.Sockets;
using ZLayer.Core.Builds;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Builds;

public sealed class NativeBackendTests
{
    [Fact]
    public async Task Copying_the_context_into_scratch_makes_one_layer_and_a_name()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a.txt", "one");
        fixture.Write("dir/b.txt", "two");
        var result = await fixture.BuildAsync("FROM scratch\nCOPY . /app\nCMD [\"/app/a.txt\"]\n", new BuildOptions { Tags = [ImageReference.Parse("x:1")] });
        var image = fixture.Engine.Images.Get("x:1", null);
        Assert.Equal(result.ImageId, image.ConfigDigest);
        Assert.Equal(["/app/a.txt"], image.Config.Config!.Cmd);
        Assert.Single(image.Config.RootFs.DiffIds);
        Assert.Equal(["app", "app/a.txt", "app/dir", "app/dir/b.txt"], fixture.Files(result));
        Assert.Equal("two", fixture.Merged(result)["app/dir/b.txt"].Content);
    }

    [Fact]
    public async Task The_same_again_is_taken_from_the_cache_and_gives_the_same_image()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a.txt", "one");
        const string Text = "FROM scratch\nCOPY . /app\nENV A=b\n";
        var first = await fixture.BuildAsync(Text);
        Assert.Contains("not built before", Assert.Single(fixture.Completed, c => c.Reason is not null).Reason, StringComparison.Ordinal);
        var second = await fixture.BuildAsync(Text);
        Assert.Equal(first.Digest, second.Digest);
        Assert.Equal(1, second.CacheHits);
        Assert.True(Assert.Single(fixture.Completed, c => c.Reason is not null).Cached);
    }

    [Fact]
    public async Task A_miss_names_the_file_that_changed()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("package.json", "{}");
        fixture.Write("other.txt", "x");
        await fixture.BuildAsync("FROM scratch\nCOPY . /app\n");
        fixture.Write("package.json", "{ }");
        await fixture.BuildAsync("FROM scratch\nCOPY . /app\n");
        Assert.Contains("package.json: content changed", Assert.Single(fixture.Completed).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_same_input_gives_the_same_digest_on_two_data_roots()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a.txt", "one");
        await using var other = fixture.CreateEngine("other");
        const string Text = "FROM scratch\nWORKDIR /srv/www\nCOPY a.txt ./\nCOPY <<EOF /note\nhello\nEOF\nLABEL b=c\n";
        var first = await fixture.BuildAsync(Text);
        var second = await fixture.BuildAsync(Text, engine: other);
        Assert.Equal(first.Digest, second.Digest);
    }

    [Fact]
    public async Task No_cache_builds_again_and_says_so()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a.txt", "one");
        await fixture.BuildAsync("FROM scratch\nCOPY . /\n");
        var result = await fixture.BuildAsync("FROM scratch\nCOPY . /\n", new BuildOptions { NoCache = true });
        Assert.Equal(0, result.CacheHits);
        Assert.Contains("the cache is off", Assert.Single(fixture.Completed).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stages_pass_files_on_and_unneeded_ones_are_not_built()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a.txt", "one");
        var result = await fixture.BuildAsync(
            "FROM scratch AS files\nCOPY a.txt /out/\nFROM nowhere.invalid/never AS unused\nRUN false\nFROM scratch\nCOPY --from=files /out/a.txt /b.txt\nCOPY --from=0 /out /c\n");
        Assert.Equal(["b.txt", "c", "c/a.txt"], fixture.Files(result));
    }

    [Fact]
    public async Task Events_come_in_order_and_end_once()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a.txt", "one");
        await fixture.BuildAsync("FROM scratch AS s\nCOPY a.txt /\nFROM s\nENV X=y\n");
        var kinds = fixture.Events.Select(e => e.GetType().Name).Where(n => n != nameof(BuildWarning)).ToList();
        Assert.Equal(nameof(BuildStarted), kinds[0]);
        Assert.Equal(nameof(BuildCompleted), kinds[^1]);
        Assert.Single(kinds, k => k is nameof(BuildCompleted) or nameof(BuildFailed));
        foreach (var stage in fixture.Events.OfType<StageStarted>())
        {
            var own = fixture.Events.Where(e => e switch
            {
                StageStarted s => s.Stage == stage.Stage,
                InstructionStarted i => i.Stage == stage.Stage,
                InstructionCompleted c => c.Stage == stage.Stage,
                StageCompleted d => d.Stage == stage.Stage,
                _ => false,
            }).Select(e => e.GetType().Name);
            Assert.Equal([nameof(StageStarted), nameof(InstructionStarted), nameof(InstructionCompleted), nameof(StageCompleted)], own);
        }
    }

    [Fact]
    public async Task A_missing_source_names_place_and_ignore_rule()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("web/dist/x", "1");
        fixture.Write(".dockerignore", "# comment\n\nweb/dist\n");
        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync("FROM scratch\nCOPY web/dist /srv\n"));
        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Contains("Dockerfile:2", error.Message, StringComparison.Ordinal);
        Assert.Contains(".dockerignore:3", error.Message + error.Advice, StringComparison.Ordinal);
        Assert.IsType<BuildFailed>(fixture.Events[^1]);
    }

    [Fact]
    public async Task Bad_outputs_fail_before_any_event()
    {
        await using var fixture = new BuildFixture();
        var options = new BuildOptions { Outputs = [Core.Exporters.ExporterSpecification.Parse("type=oci,dest=/tmp/x,compresion=gzip")] };
        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync("FROM scratch\nCOPY . /\n", options));
        Assert.Contains("'compression'", error.Advice, StringComparison.Ordinal);
        Assert.Empty(fixture.Events);
    }

    [SkippableFact]
    public async Task Run_sees_files_environment_and_arguments_and_leaves_only_its_changes()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        fixture.Write("in.txt", "from context");
        var result = await fixture.BuildAsync(
            $"""
            FROM {BuildFixture.Base}
            ARG WHO=world
            ENV GREETING=hello
            WORKDIR /work
            COPY in.txt .
            RUN echo "$GREETING $WHO" > out.txt && cat in.txt >> out.txt && rm in.txt
            """,
            new BuildOptions { Network = BuildNetwork.None, BuildArguments = new Dictionary<string, string> { ["WHO"] = "you" } });
        Assert.Equal("hello you\nfrom context", fixture.Merged(result)["work/out.txt"].Content);
        Assert.DoesNotContain("work/in.txt", fixture.Files(result));
        Assert.Equal(["work", "work/.wh.in.txt", "work/out.txt"], fixture.LastLayer(result).Keys.Order(StringComparer.Ordinal));
    }

    [SkippableFact]
    public async Task A_failing_run_reports_exit_code_and_the_last_lines()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nRUN echo one; echo two >&2; exit 42\n", new BuildOptions { Network = BuildNetwork.None }));
        Assert.Equal(ZLayerErrorKind.BuildStepFailed, error.Kind);
        Assert.Equal(42, error.ExitCode);
        Assert.Contains("two", error.Details);
        Assert.Equal("Dockerfile:2:1", error.Subject);
    }

    [SkippableFact]
    public async Task Secrets_reach_the_step_and_nothing_else()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        const string Secret = "correct-horse-battery";
        var options = new BuildOptions { Network = BuildNetwork.None, Secrets = [BuildSecret.FromBytes("pw", System.Text.Encoding.UTF8.GetBytes(Secret))] };
        var result = await fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nRUN --mount=type=secret,id=pw --mount=type=secret,id=pw,env=PW test \"$(cat /run/secrets/pw)\" = \"$PW\" && wc -c < /run/secrets/pw > /size\n",
            options);
        Assert.Equal(Secret.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), fixture.Merged(result)["size"].Content.Trim());
        Assert.DoesNotContain("run/secrets/pw", fixture.Files(result));
        foreach (var file in Directory.EnumerateFiles(fixture.Engine.Layout.Root, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(Secret, await File.ReadAllTextAsync(file), StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Cache_mounts_keep_their_content_between_builds_and_out_of_the_image()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        var options = new BuildOptions { Network = BuildNetwork.None };
        const string Step = "RUN --mount=type=cache,target=/cache echo x >> /cache/log && wc -l < /cache/log > /lines";
        await fixture.BuildAsync($"FROM {BuildFixture.Base}\n{Step}\n", options);
        var second = await fixture.BuildAsync($"FROM {BuildFixture.Base}\n{Step} # again\n", options);
        Assert.Equal("2", fixture.Merged(second)["lines"].Content.Trim());
        Assert.DoesNotContain(fixture.Files(second), f => f.StartsWith("cache", StringComparison.Ordinal));
    }

    [SkippableFact]
    public async Task A_new_cache_mount_starts_with_the_files_it_is_given()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        fixture.Write("s", "seeded");
        var result = await fixture.BuildAsync(
            $"FROM scratch AS seed\nCOPY s /seed/s\nFROM {BuildFixture.Base}\nRUN --mount=type=cache,target=/c,from=seed,source=/seed ls -lR /c > /list; cat /c/s > /got; true\n",
            new BuildOptions { Network = BuildNetwork.None });
        Assert.Equal("seeded", fixture.Merged(result)["got"].Content);
    }

    [SkippableTheory]
    [InlineData("type=bind,target=/c")]
    [InlineData("type=bind,target=/c,rw")]
    public async Task Sockets_in_the_context_cannot_be_reached_through_a_bind_mount(string mount)
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        fixture.Write("file", "x");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(fixture.Context, "s")));
        listener.Listen();

        var result = await fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nRUN --mount={mount} cat /c/file > /out; stat -c %F /c/s >> /out\n", new BuildOptions { Network = BuildNetwork.None });

        Assert.Equal("xregular empty file\n", fixture.Merged(result)["out"].Content);
    }

    [SkippableFact]
    public async Task Bind_mounts_show_the_context_and_stages()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        fixture.Write("data/in.txt", "ctx");
        fixture.Write("hidden.txt", "no");
        fixture.Write(".dockerignore", "hidden.txt\n");
        var result = await fixture.BuildAsync(
            $"""
            FROM scratch AS other
            COPY data/in.txt /o/x
            FROM {BuildFixture.Base}
            RUN --mount=type=bind,target=/c --mount=type=bind,from=other,source=/o,target=/o cat /c/data/in.txt /o/x > /both && ls /c > /list
            """,
            new BuildOptions { Network = BuildNetwork.None });
        Assert.Equal("ctxctx", fixture.Merged(result)["both"].Content);
        Assert.DoesNotContain("hidden.txt", fixture.Merged(result)["list"].Content, StringComparison.Ordinal);
        Assert.DoesNotContain("c", fixture.Files(result));
    }

    [SkippableFact]
    public async Task Onbuild_triggers_run_in_the_child_and_are_spent()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        fixture.Write("a.txt", "one");
        await fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nONBUILD COPY a.txt /triggered\nONBUILD ENV T=1\n", new BuildOptions { Tags = [ImageReference.Parse("parent")] });
        var child = await fixture.BuildAsync("FROM parent\n");
        Assert.Equal("one", fixture.Merged(child)["triggered"].Content);
        var config = fixture.Load(child).Config.Config!;
        Assert.Contains("T=1", config.Env!);
        Assert.True(config.OnBuild is null or { Count: 0 });
    }

    [SkippableFact]
    public async Task Squash_merges_what_the_build_made_above_its_base()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        var options = new BuildOptions { Network = BuildNetwork.None, Squash = true };
        var result = await fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nRUN echo 1 > /one && ln /one /uno && echo 2 > /two\nRUN rm /one /etc/group && mkdir -p /d && echo 3 > /d/three\n", options);
        Assert.Equal(2, fixture.Load(result).Config.RootFs.DiffIds.Count);
        var files = fixture.Merged(result);
        Assert.Equal("1\n", files["uno"].Content);
        Assert.Equal("3\n", files["d/three"].Content);
        Assert.DoesNotContain("one", files.Keys);
        Assert.DoesNotContain("etc/group", files.Keys);
    }

    [Fact]
    public async Task Several_platforms_make_an_index_and_each_has_its_arguments()
    {
        await using var fixture = new BuildFixture();
        var options = new BuildOptions
        {
            Platforms = [Platform.Parse("linux/amd64"), Platform.Parse("linux/arm64")],
            Tags = [ImageReference.Parse("multi")],
        };
        var result = await fixture.BuildAsync("FROM scratch\nARG TARGETARCH\nCOPY <<EOF /arch\n$TARGETARCH\nEOF\n", options);
        Assert.True(result.IsManifestList);
        var arm = fixture.Engine.Images.Get("multi", Platform.Parse("linux/arm64"));
        Assert.Equal("arm64", arm.Config.Architecture);
    }

    [SkippableFact]
    public async Task A_run_for_a_foreign_architecture_without_emulation_says_what_to_install()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        Skip.If(File.Exists("/proc/sys/fs/binfmt_misc/qemu-s390x"), "this machine emulates s390x");
        await using var fixture = new BuildFixture();
        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync(
            "FROM scratch\nCOPY <<EOF /bin/sh\nx\nEOF\nRUN true\n", new BuildOptions { Platforms = [Platform.Parse("linux/s390x")] }));
        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
        Assert.Contains("binfmt", error.Message + error.Advice, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_cancelled_build_reports_the_end_and_leaves_no_name()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("a.txt", "one");
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => fixture.BuildAsync(
            "FROM scratch\nCOPY . /\n", new BuildOptions { Tags = [ImageReference.Parse("never")] }, cancellationToken: cancelled.Token));
        Assert.IsType<BuildFailed>(fixture.Events[^1]);
        Assert.Null(fixture.Engine.Images.Find("never", null));
    }
}
