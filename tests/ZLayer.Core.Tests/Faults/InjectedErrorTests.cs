using System.Diagnostics;
using ZLayer.Core.Builds;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Builds;

namespace ZLayer.Core.Tests.Faults;

/// <summary>
/// System calls that fail while the command line works, put in by strace: the command says what failed, on what and what to do, ends with 1, and the
/// store is whole; what a signal interrupts is done again.
/// </summary>
public sealed class InjectedErrorTests
{
    private const string AnyPath = "";

    private static readonly Lazy<bool> CanTrace = new(Trace);

    // Command, system call, error, which of its calls in a thread, and the path below the data root or the context that it must be on.
    public static TheoryData<string, string, string, string, string> Refusals => new()
    {
        { "build", "pwrite64", "ENOSPC", "1+", AnyPath },
        { "build", "pwrite64", "EDQUOT", "2+", AnyPath },
        { "build", "pwrite64", "EFBIG", "1+", AnyPath },
        { "build", "rename", "EIO", "1+", AnyPath },
        { "build", "mkdir", "EROFS", "1+", AnyPath },
        { "build", "openat", "EMFILE", "1+", "root/locks/gc" },
        { "build", "openat2", "EACCES", "1+", AnyPath },
        { "build", "pread64", "EIO", "1+", "context/Dockerfile" },
        { "build", "statx", "EIO", "1+", "root/locks/gc" },
        { "build -o type=oci,dest={out}", "pwrite64", "ENOSPC", "1+", AnyPath },
        { "build -o type=local,dest={out}", "mkdir", "EACCES", "1+", AnyPath },
        { "inspect base:1", "openat", "ENFILE", "1+", "root/references/docker.io/library/base/_tags/1" },
        { "tag base:1 other:1", "pwrite64", "EIO", "1+", AnyPath },
        { "tag base:1 other:1", "fdatasync", "EIO", "1+", AnyPath },
        { "tag base:1 other:1", "flock", "ENOLCK", "1+", "root/locks/gc" },
        { "rmi base:1", "unlink", "EROFS", "1+", "root/references/docker.io/library/base/_tags/1" },
        { "save base:1 -o {out}", "pwrite64", "EFBIG", "1+", AnyPath },
        { "df", "getdents64", "EIO", "1+", "root/layers" },
        { "prune", "openat", "EACCES", "1+", "root/locks/gc" },
        { "import {tar} made:1", "pwrite64", "EDQUOT", "1+", AnyPath },
        { "login 127.0.0.1:1 -u me --password-stdin", "mkdir", "EACCES", "1+", "home/.docker" },
    };

    public static TheoryData<string, string, string> Interruptions => new()
    {
        { "build", "flock", "root/locks/gc" },
        { "build", "openat", "root/locks/gc" },
        { "build", "statx", "root/locks/gc" },
        { "build", "getdents64", "context" },
        { "prune", "flock", "root/locks/gc" },
        { "prune", "getdents64", "root/blobs/sha256" },
        { "prune", "getdents64", "root/layers" },
        { "df", "getdents64", "root/blobs/sha256" },
        { "images", "getdents64", "root/references/docker.io/library/base/_tags" },
        { "rmi base:1", "getdents64", "root/references" },
    };

    [SkippableTheory]
    [MemberData(nameof(Refusals))]
    public async Task A_call_that_fails_ends_the_command_with_a_clean_error(string command, string call, string error, string when, string path)
    {
        await using var fixture = await CreateAsync();

        var ended = await RunAsync(fixture, command, $"{call}:error={error}:when={when}", path);

        Assert.True(ended.ExitCode == 1, $"{ended.ExitCode}\n{ended.Error}");
        Assert.Contains("error: ", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("internal error", ended.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", ended.Error, StringComparison.Ordinal);
        if (error is "ENOSPC" or "EDQUOT" or "EFBIG" or "EMFILE" or "ENFILE" or "EROFS")
        {
            Assert.Contains("advice: ", ended.Error, StringComparison.Ordinal);
        }

        await AssertReadableAsync(fixture);
    }

    [SkippableTheory]
    [MemberData(nameof(Interruptions))]
    public async Task A_call_that_a_signal_interrupts_is_made_again(string command, string call, string path)
    {
        await using var fixture = await CreateAsync();

        var ended = await RunAsync(fixture, command, $"{call}:error=EINTR:when=1", path);

        Assert.True(ended.ExitCode == 0, ended.Error);
        await AssertReadableAsync(fixture);
    }

    private static async Task<BuildFixture> CreateAsync()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        Skip.IfNot(CanTrace.Value, "needs strace, and the right to trace");
        var fixture = new BuildFixture();
        fixture.Write("file", "content");
        await fixture.BuildAsync("FROM scratch\nCOPY file /file\n", new BuildOptions { Tags = [ImageReference.Parse("base:1")] });
        Directory.CreateDirectory(fixture.PathOf("home"));
        await using (var file = File.Create(fixture.PathOf("tar")))
        using (var tar = new LayerTarWriter(file))
        {
            tar.WriteFile(new TarEntry { Path = "file", Type = TarEntryType.File, Mode = 0x1A4, Size = 7 }, "content"u8.ToArray());
            tar.Complete();
        }

        fixture.Write("Dockerfile", "FROM base:1\nCOPY file /second\nLABEL a=b\n");
        return fixture;
    }

    // Only the calls at hand stop for strace, and those of the class library on the same paths.
    private static Task<EndedCommand> RunAsync(BuildFixture fixture, string command, string injection, string path)
    {
        var call = injection[..injection.IndexOf(':', StringComparison.Ordinal)];
        string[] paths = path == AnyPath ? [] : ["-P", fixture.PathOf(path)];
        return CommandLine.RunAsync(
            fixture.PathOf("root"),
            [.. command.Replace("{out}", fixture.PathOf("out"), StringComparison.Ordinal).Replace("{tar}", fixture.PathOf("tar"), StringComparison.Ordinal)
                .Split(' '), .. command.StartsWith("build", StringComparison.Ordinal) ? [fixture.Context] : Array.Empty<string>()],
            new Dictionary<string, string?> { ["HOME"] = fixture.PathOf("home"), ["DOCKER_CONFIG"] = null },
            ["sh", "-c", "echo secret | \"$@\"", "sh", "strace", "-f", "--seccomp-bpf", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", "inject=" + injection, .. paths]);
    }

    private static async Task AssertReadableAsync(BuildFixture fixture)
    {
        await using var engine = fixture.CreateEngine("root");
        StoreChecks.AssertWhole(engine);
    }

    private static bool Trace()
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("strace", ["-f", "-qq", "-o", "/dev/null", "true"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
