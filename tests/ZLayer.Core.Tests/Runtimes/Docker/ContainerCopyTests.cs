using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>Copies the same files by the same words with <c>docker cp</c> and compares what comes of it: the trees, or that both refuse.</summary>
public sealed class ContainerCopyTests(DockerEngineFixture docker, ContainerCopyTests.Pair pair) : EngineTest(docker), IClassFixture<ContainerCopyTests.Pair>
{
    private const string Prepare = """
        mkdir -p dir/sub/deep emptydir 'sp ace' target/dir target/other
        printf one > file; printf two > dir/a; printf three > dir/sub/b; printf '#!/bin/sh\n' > dir/sub/deep/run; chmod 4755 dir/sub/deep/run; chmod 700 dir/sub
        printf old > target/file; printf keep > target/dir/keep; printf 'sp' > 'sp ace/f i'; printf x > .hidden
        ln -s file link; ln -s dir dirlink; ln -s missing broken; ln -s a dir/inner; ln -s ../../file dir/sub/up; ln -s target targetlink; ln -s newfile dangling; ln -s target/file filelink
        ln dir/a dir/hard; touch -d @1000000000 dir/a dir/sub/b dir/sub file; mkfifo dir/pipe; chmod 2775 emptydir; touch -d @1100000000 emptydir
        """;

    private readonly TemporaryDirectory _host = new();
    private readonly string _ours = pair.Ours;
    private readonly string _theirs = pair.Theirs;

    public static TheoryData<string, string> Cases => new()
    {
        { "file", "target" }, { "file", "target/" }, { "file", "target/." }, { "file", "target/file" }, { "file", "target/new" }, { "file", "target/new/" }, { "file", "missing/new" },
        { "file", "target/file/" }, { "file", "target/other/../new" }, { "file/", "target" }, { "file/.", "target" }, { "missing", "target" },
        { "dir", "target" }, { "dir", "target/" }, { "dir", "target/new" }, { "dir", "target/new/" }, { "dir", "target/new/." }, { "dir", "target/file" }, { "dir", "missing/new" },
        { "dir/", "target" }, { "dir/.", "target" }, { "dir/.", "target/new" }, { "dir/.", "target/dir" }, { "dir/.", "target/file" }, { "dir/sub", "target/dir" },
        { "emptydir", "target" }, { "emptydir/.", "target/new" }, { "sp ace", "target" }, { ".hidden", "target" }, { "./dir", "target/other" },
        { "link", "target" }, { "link", "target/new" }, { "-L link", "target" }, { "-L link", "target/new" }, { "dirlink", "target" }, { "dirlink/", "target" }, { "dirlink/.", "target/new" }, { "-L dirlink", "target" },
        { "broken", "target" }, { "-L broken", "target" }, { "dirlink/sub", "target" }, { "dir/inner", "target" },
        { "file", "targetlink" }, { "file", "targetlink/" }, { "file", "filelink" }, { "dir", "targetlink" }, { "file", "dangling" },
        { "-a dir", "target" }, { "-a file", "target/file" },
    };

    public override async Task DisposeAsync()
    {
        _host.Dispose();
        await base.DisposeAsync();
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task What_is_copied_in_is_what_docker_cp_copies(string source, string destination)
    {
        await PrepareHostAsync("host");
        await PrepareContainersAsync();
        var (options, path) = Parse(source);
        var theirs = await CopyWithDockerAsync(options, $"{_host.Path}/host/{path}", $"{_theirs}:/c/{destination}");
        var ours = await TryAsync(() => Runtime.CopyToContainerAsync(_ours, $"{_host.Path}/host/{path}", "/c/" + destination, options));
        Compare(theirs, ours, await TreeAsync(_theirs), await TreeAsync(_ours));
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public async Task What_is_copied_out_is_what_docker_cp_copies(string source, string destination)
    {
        await PrepareContainersAsync();
        await PrepareHostAsync("theirs");
        await PrepareHostAsync("ours");
        var (options, path) = Parse(source);
        var theirs = await CopyWithDockerAsync(options with { PreserveOwner = false }, $"{_theirs}:/c/{path}", $"{_host.Path}/theirs/{destination}");
        var ours = await TryAsync(() => Runtime.CopyFromContainerAsync(_ours, "/c/" + path, $"{_host.Path}/ours/{destination}", options));
        // The client refuses links that lead out of what is copied; here they are copied as they are, and never followed.
        if (theirs is not null && theirs.Contains("invalid symlink", StringComparison.Ordinal))
        {
            Assert.Null(ours);
            return;
        }

        Compare(theirs, ours, await HostTreeAsync("theirs"), await HostTreeAsync("ours"));
    }

    [SkippableFact]
    public async Task Owners_are_kept_when_that_is_asked_for()
    {
        await PrepareHostAsync("host");
        await Programs.RunAsync("chown", "-R", "1234:567", _host.Path + "/host/dir");
        await Runtime.CopyToContainerAsync(_ours, _host.Path + "/host/dir", "/tmp/plain", new ContainerCopyOptions());
        await Runtime.CopyToContainerAsync(_ours, _host.Path + "/host/dir", "/tmp/kept", new ContainerCopyOptions { PreserveOwner = true });
        Assert.Equal("0:0\n1234:567\n", (await Runtime.ExecAsync(_ours, new() { Command = ["stat", "-c", "%u:%g", "/tmp/plain/a", "/tmp/kept/a"] })).StdOut);

        await Runtime.CopyFromContainerAsync(_ours, "/tmp/kept", _host.Path + "/plain", new ContainerCopyOptions());
        await Runtime.CopyFromContainerAsync(_ours, "/tmp/kept", _host.Path + "/kept", new ContainerCopyOptions { PreserveOwner = true });
        Assert.Equal("0:0\n1234:567", (await Programs.RunAsync("stat", "-c", "%u:%g", _host.Path + "/plain/a", _host.Path + "/kept/a")).Text);
    }

    [SkippableFact]
    public async Task Names_that_are_not_UTF8_and_large_sparse_files_survive_both_ways()
    {
        Assert.Equal(0, (await Programs.RunAsync("sh", "-c", $"mkdir {_host.Path}/odd && cd {_host.Path}/odd && touch \"$(printf 'caf\\351')\" && printf x > \"$(printf 'n\\nl')\" && truncate -s 300M sparse && printf end >> sparse")).ExitCode);
        long sent = 0;
        await Runtime.CopyToContainerAsync(_ours, _host.Path + "/odd", "/tmp", new ContainerCopyOptions { Progress = new Last(value => sent = value) });
        await Runtime.CopyFromContainerAsync(_ours, "/tmp/odd", _host.Path + "/back", new ContainerCopyOptions());
        Assert.True(sent > 300_000_000);
        Assert.Equal(0, (await Programs.RunAsync("diff", "-r", _host.Path + "/odd", _host.Path + "/back")).ExitCode);
    }

    [SkippableFact]
    public async Task What_is_missing_is_named()
    {
        await PrepareHostAsync("host");
        var options = new ContainerCopyOptions();
        Assert.Equal("/no/such", (await FailsAsync(ZLayerErrorKind.ContainerPathNotFound, () => Runtime.CopyToContainerAsync(_ours, _host.Path + "/host/file", "/no/such/file", options))).Subject);
        Assert.Equal(_host.Path + "/no", (await FailsAsync(ZLayerErrorKind.PathNotFound, () => Runtime.CopyFromContainerAsync(_ours, "/etc/passwd", _host.Path + "/no/file", options))).Subject);
        await FailsAsync(ZLayerErrorKind.ContainerPathNotFound, () => Runtime.CopyFromContainerAsync(_ours, "/no/such", _host.Path, options));
        await FailsAsync(ZLayerErrorKind.PathNotFound, () => Runtime.CopyToContainerAsync(_ours, _host.Path + "/no", "/tmp", options));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.CopyFromContainerAsync("no-such-container", "/etc", _host.Path, options));
        await FailsAsync(ZLayerErrorKind.ContainerNotFound, () => Runtime.CopyToContainerAsync("no-such-container", _host.Path + "/host", "/tmp", options));
    }

    [SkippableFact]
    public async Task A_directory_is_never_replaced_by_a_file_nor_the_other_way_round()
    {
        await PrepareHostAsync("host");
        await PrepareContainersAsync();
        await Runtime.ExecAsync(_ours, new() { Command = ["sh", "-c", "mkdir /c/target/dir/a; rm -rf /c/target/other; echo x > /c/target/other; mkdir /c/as; echo x > /c/as/sub"] });
        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.CopyToContainerAsync(_ours, _host.Path + "/host/dir/.", "/c/target/dir", new ContainerCopyOptions()));
        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.CopyToContainerAsync(_ours, _host.Path + "/host/dir/.", "/c/as", new ContainerCopyOptions()));
    }

    [SkippableFact]
    public async Task A_read_only_file_system_is_refused()
    {
        await PrepareHostAsync("host");
        var id = await StartAsync(Shell(NewName(), "sleep 1000") with { ReadOnlyRootFileSystem = true });
        await FailsAsync(ZLayerErrorKind.InvalidArgument, () => Runtime.CopyToContainerAsync(id, _host.Path + "/host/dir", "/tmp", new ContainerCopyOptions()));
    }

    [SkippableFact]
    public async Task Cancelling_a_copy_stops_it_both_ways()
    {
        Assert.Equal(0, (await Programs.RunAsync("truncate", "-s", "4G", _host.Path + "/large")).ExitCode);
        await Runtime.ExecAsync(_ours, new() { Command = ["truncate", "-s", "4G", "/large"] });
        foreach (var copy in (Func<ContainerCopyOptions, CancellationToken, Task>[])
            [(options, token) => Runtime.CopyToContainerAsync(_ours, _host.Path + "/large", "/tmp", options, token), (options, token) => Runtime.CopyFromContainerAsync(_ours, "/large", _host.Path + "/out", options, token)])
        {
            using var cancellation = new CancellationTokenSource();
            var options = new ContainerCopyOptions { Progress = new Last(bytes => { if (bytes > 10_000_000) { cancellation.Cancel(); } }) };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copy(options, cancellation.Token).WaitAsync(TimeSpan.FromSeconds(60)));
        }
    }

    private static (ContainerCopyOptions Options, string Path) Parse(string source)
        => source.StartsWith("-L ", StringComparison.Ordinal) ? (new ContainerCopyOptions { FollowLink = true }, source[3..])
            : source.StartsWith("-a ", StringComparison.Ordinal) ? (new ContainerCopyOptions { PreserveOwner = true }, source[3..])
            : (new ContainerCopyOptions(), source);

    private static async Task<string?> TryAsync(Func<Task> copy)
    {
        try
        {
            await copy();
            return null;
        }
        catch (ZLayerException e)
        {
            Assert.NotEqual(ZLayerErrorKind.InternalError, e.Kind);
            Assert.NotEqual(ZLayerErrorKind.RuntimeError, e.Kind);
            return e.Message;
        }
    }

    private static void Compare(string? theirs, string? ours, string theirTree, string ourTree)
    {
        Assert.True((theirs is null) == (ours is null), $"docker cp: {theirs ?? "done"}\nZLayer: {ours ?? "done"}");
        if (theirs is null)
        {
            Assert.Equal(theirTree, ourTree);
        }
    }

    private async Task<string?> CopyWithDockerAsync(ContainerCopyOptions options, string source, string destination)
    {
        string[] flags = [.. options.FollowLink ? ["-L"] : Array.Empty<string>(), .. options.PreserveOwner ? ["-a"] : Array.Empty<string>()];
        var result = await Docker.RunAsync(["cp", .. flags, source, destination]);
        return result.ExitCode == 0 ? null : result.Error;
    }

    private async Task PrepareHostAsync(string name)
        => Assert.Equal("", (await Programs.RunAsync("sh", "-c", $"set -e; mkdir {_host.Path}/{name}; cd {_host.Path}/{name}; umask 022\n{Prepare}")).Error);

    private async Task PrepareContainersAsync()
    {
        foreach (var id in (string[])[_ours, _theirs])
        {
            var result = await Runtime.ExecAsync(id, new() { Command = ["sh", "-c", $"set -e; rm -rf /c; mkdir /c; cd /c; umask 022\n{Prepare}"] });
            Assert.Equal("", result.StdErr);
        }
    }

    /// <summary>Each file with its kind, mode, owner and content; the time of what was copied with its own.</summary>
    private static string TreeScript(string directory)
        => $"cd {directory}; find . -type f -exec md5sum {{}} + | sort -k2; find . -exec stat -c '%N %a %u:%g %F' {{}} + | sort; find . -type f -exec stat -c '%n %Y' {{}} + | grep ' 10000' | sort; find . -type d -exec stat -c '%n %Y' {{}} + | grep ' 1[01]0000' | sort; find . -samefile target/dir/hard; find . -samefile target/hard";

    private async Task<string> TreeAsync(string container)
        => (await Runtime.ExecAsync(container, new() { Command = ["sh", "-c", TreeScript("/c")] })).StdOut;

    private async Task<string> HostTreeAsync(string name) => (await Programs.RunAsync("sh", "-c", TreeScript(_host.Path + "/" + name) + "; :")).Output;

    /// <summary>Two containers, one for each side, in which every case makes its files anew.</summary>
    public sealed class Pair(DockerEngineFixture docker) : IAsyncLifetime
    {
        public string Ours { get; } = "copy-ours-" + Guid.NewGuid().ToString("N")[..6];

        public string Theirs { get; } = "copy-theirs-" + Guid.NewGuid().ToString("N")[..6];

        public async Task InitializeAsync()
        {
            if (docker.IsAvailable)
            {
                await EngineImages.EnsureAsync(docker, Image);
                foreach (var name in (string[])[Ours, Theirs])
                {
                    _ = (await docker.RunAsync("run", "--detach", "--name", name, "--network", "none", Image, "sleep", "3600")).Text;
                }
            }
        }

        public async Task DisposeAsync()
        {
            if (docker.IsAvailable)
            {
                await docker.RunAsync("rm", "--force", Ours, Theirs);
            }
        }
    }

    private sealed class Last(Action<long> onReport) : IProgress<long>
    {
        public void Report(long value) => onReport(value);
    }
}
