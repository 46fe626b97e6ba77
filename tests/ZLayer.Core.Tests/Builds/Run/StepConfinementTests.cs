using ZLayer.Core.Builds.Run;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Builds.Run;

/// <summary>Ways in which a stranger's image, cache or Dockerfile tries to get out of its step through mounts and the working directory.</summary>
public sealed class StepConfinementTests
{
    [SkippableTheory]
    [InlineData("/dev")]
    [InlineData("/dev/null")]
    [InlineData("/dev/pts/0")]
    [InlineData("/dev/../dev")]
    [InlineData("/proc")]
    [InlineData("/proc/sys/kernel")]
    [InlineData("/sys")]
    [InlineData("/sys/fs/cgroup")]
    [InlineData("/link")]
    [InlineData("/link/null")]
    public async Task A_mount_never_covers_the_kernels_file_systems_or_a_device(string target)
    {
        await using var fixture = StepFixture.Create();
        File.CreateSymbolicLink(Path.Combine(fixture.Base, "link"), "../../dev");

        foreach (var mount in (StepMount[])[new TmpfsStepMount(target), new CacheStepMount(target) { Directory = fixture.MakeLayer("cache") }])
        {
            var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.RunAsync(fixture.Shell("true") with { Mounts = [mount] }));

            Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
            Assert.Contains(target, error.Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public async Task Other_places_in_dev_can_be_mounted()
    {
        await using var fixture = StepFixture.Create();

        var result = await fixture.RunAsync(fixture.Shell("echo x > /dev/shm/x; echo y > /dev/pipes/y; df -k /dev/shm | tail -1 | awk '{print $2}'") with
        {
            Mounts = [new TmpfsStepMount("/dev/shm", 1 << 20), new TmpfsStepMount("/dev/pipes")],
        });

        Assert.Equal((0, "1024"), (result.Outcome.ExitCode, Assert.Single(result.Output)));
    }

    [SkippableTheory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task A_mount_inside_a_read_only_bind_leaves_nothing_in_its_source(string runtime)
    {
        await using var fixture = StepFixture.Create();
        Skip.IfNot(File.Exists("/usr/sbin/" + runtime) || File.Exists("/usr/bin/" + runtime), "needs " + runtime);
        var source = fixture.MakeLayer("source");
        File.WriteAllText(Path.Combine(source, "file"), "content");
        await using var runner = new StepRunner(new StepRunnerOptions { OciRuntime = runtime });

        foreach (var inner in (StepMount[])[new TmpfsStepMount("/s/made/deep"), new BindStepMount("/s/made") { Sources = [fixture.Base], SubPath = "bin" }])
        {
            // Whether the runtime refuses it or not: another image may have that layer, and the context is the caller's.
            try
            {
                await runner.RunAsync(
                    fixture.Shell("true") with { Mounts = [new BindStepMount("/s") { Sources = [source] }, inner] }, new LineProgress([]));
            }
            catch (ZLayerException)
            {
            }

            Assert.Equal(["file"], Directory.GetFileSystemEntries(source).Select(Path.GetFileName));
        }
    }

    [SkippableFact]
    public async Task What_is_mounted_below_a_bound_directory_cannot_be_written()
    {
        await using var fixture = StepFixture.Create();
        var victim = fixture.MakeLayer("victim");
        File.WriteAllText(Path.Combine(victim, "file"), "content");
        var context = fixture.MakeLayer("context");
        var below = Directory.CreateDirectory(Path.Combine(context, "below")).FullName;
        Skip.IfNot(Layers.Program.TryRun("mount", ["--bind", victim, below], out _), "mounting is not allowed here");
        try
        {
            await fixture.RunAsync(fixture.Shell("echo hacked > /s/below/file; echo new > /s/below/new; true") with
            {
                Mounts = [new BindStepMount("/s") { Sources = [context] }],
            });

            Assert.Equal(["file"], Directory.GetFileSystemEntries(victim).Select(Path.GetFileName));
            Assert.Equal("content", File.ReadAllText(Path.Combine(victim, "file")));
        }
        finally
        {
            Layers.Program.Run("umount", below);
        }
    }

    [SkippableTheory]
    [InlineData("runc")]
    [InlineData("crun")]
    public async Task A_link_in_a_cache_leads_no_mount_over_dev_or_proc(string runtime)
    {
        await using var fixture = StepFixture.Create();
        Skip.IfNot(File.Exists("/usr/sbin/" + runtime) || File.Exists("/usr/bin/" + runtime), "needs " + runtime);
        var cache = fixture.MakeLayer("cache");
        File.CreateSymbolicLink(Path.Combine(cache, "dev"), "/dev");
        File.CreateSymbolicLink(Path.Combine(cache, "sys"), "/sys");
        var evil = fixture.MakeLayer("evil");
        File.CreateSymbolicLink(Path.Combine(evil, "null"), "/proc/version");
        await using var runner = new StepRunner(new StepRunnerOptions { OciRuntime = runtime });
        var lines = new List<string>();

        await runner.RunAsync(
            fixture.Shell("stat -c '%F' /dev/null; wc -c < /proc/keys; ls /dev/evil /sys/kernel >/dev/null 2>&1; echo > /dev/null && echo writable") with
            {
                Mounts =
                [
                    new CacheStepMount("/c") { Directory = cache },
                    new CacheStepMount("/c/dev") { Directory = evil },
                    new BindStepMount("/c/sys") { Sources = [evil] },
                ],
            },
            new LineProgress(lines));

        Assert.Equal(["character special file", "0", "writable"], lines);
    }

    [SkippableFact]
    public async Task A_mount_in_another_mount_below_dev_is_refused()
    {
        await using var fixture = StepFixture.Create();
        var cache = fixture.MakeLayer("cache");
        File.CreateSymbolicLink(Path.Combine(cache, "up"), "/dev");

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.RunAsync(fixture.Shell("true") with
        {
            Mounts = [new CacheStepMount("/dev/c") { Directory = cache }, new TmpfsStepMount("/dev/c/up")],
        }));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
    }

    [SkippableTheory]
    [InlineData("dev")]
    [InlineData("proc")]
    [InlineData("sys")]
    public async Task An_image_whose_dev_proc_or_sys_is_a_link_is_refused(string name)
    {
        await using var fixture = StepFixture.Create();
        Directory.CreateDirectory(Path.Combine(fixture.Base, "elsewhere"));
        File.CreateSymbolicLink(Path.Combine(fixture.Base, name), "/elsewhere");

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.RunAsync(fixture.Shell("true")));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Contains("/" + name, error.Message, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("/proc/self/fd/7")]
    [InlineData("/way/self/cwd")]
    public async Task A_working_directory_in_proc_is_refused(string directory)
    {
        await using var fixture = StepFixture.Create();
        File.CreateSymbolicLink(Path.Combine(fixture.Base, "way"), "/proc");

        var error = await Assert.ThrowsAsync<ZLayerException>(() => fixture.RunAsync(fixture.Shell("true") with { WorkingDirectory = directory }));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
    }

    // Any step can set user.overlay.opaque. The kernel, which keeps its marks in trusted.*, still shows the link below it.
    [SkippableFact]
    public async Task A_link_behind_a_forged_mark_of_overlayfs_leads_nothing_out()
    {
        await using var fixture = StepFixture.Create();
        var outside = fixture.MakeLayer("outside");
        Directory.CreateDirectory(Path.Combine(fixture.Base, "d"));
        File.CreateSymbolicLink(Path.Combine(fixture.Base, "d/link"), outside);
        var upper = fixture.MakeLayer("upper");
        var marked = Directory.CreateDirectory(Path.Combine(upper, "d")).FullName;
        Skip.IfNot(ExtendedAttributes.TrySet(marked, "user.overlay.opaque", "y"u8), "needs user attributes on the file system of the temporary directory");

        await fixture.RunAsync(fixture.Shell("true") with
        {
            LowerDirectories = [fixture.Base, upper],
            Mounts = [new TmpfsStepMount("/d/link/mount")],
            WorkingDirectory = "/d/link/made",
        });

        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    // A runtime that can make no control group, as inside of other containers: then nothing but this keeps a step off the machine's disks.
    [SkippableFact]
    public async Task Without_control_groups_no_device_node_can_be_made_or_used()
    {
        await using var fixture = StepFixture.Create();
        var picky = fixture.MakeRuntimeWithoutCgroups();
        await using var runner = new StepRunner(new StepRunnerOptions { OciRuntime = picky });
        var cache = fixture.MakeLayer("cache");
        StepFixture.Output("mknod", Path.Combine(fixture.Base, "image-zero"), "c", "1", "5");
        StepFixture.Output("mknod", Path.Combine(cache, "zero"), "c", "1", "5");
        var lines = new List<string>();

        await runner.RunAsync(
            fixture.Shell("mknod /made c 1 5 2>/dev/null || echo not made; for f in /image-zero /c/zero; do head -c 1 $f >/dev/null 2>&1 || echo not read; done; head -c 1 /dev/zero | wc -c") with
            {
                Mounts = [new CacheStepMount("/c") { Directory = cache }],
            },
            new LineProgress(lines));

        Assert.Equal(["not made", "not read", "not read", "1"], lines);
    }

    private sealed class LineProgress(List<string> lines) : IProgress<StepOutput>
    {
        public void Report(StepOutput value) => lines.Add(value.Line);
    }
}
