using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>Engines that never come to an end, or say what cannot be.</summary>
public sealed class HostileEngineTests
{
    private const string Endless = "HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_list_that_never_ends_is_refused()
    {
        var error = await FailsAsync(Endless, Chunk("[" + new string(' ', 60_000)), Chunk(new string(' ', 60_000)), (runtime, end) => runtime.ListContainersAsync(new ContainerFilter(), end));

        Assert.Equal(ZLayerErrorKind.RuntimeError, error.Kind);
        Assert.Contains("longer than 64 MiB", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"status\":\"", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx")]
    [InlineData("{\"a\":[", "1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,")]
    [InlineData("{\"a\":", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    public async Task A_line_of_progress_that_never_ends_is_refused(string begin, string rest)
    {
        var error = await FailsAsync(
            Endless, Chunk(begin), Chunk(string.Concat(Enumerable.Repeat(rest, 500))), (runtime, end) => DrainAsync(runtime.LoadImagesAsync(new MemoryStream(), quiet: false, end)));

        Assert.Equal(ZLayerErrorKind.RuntimeError, error.Kind);
    }

    [Fact]
    public async Task Of_an_error_that_never_ends_the_beginning_is_shown()
    {
        var error = await FailsAsync(Endless.Replace("200 OK", "500 No", StringComparison.Ordinal), Chunk(new string('e', 60_000)), Chunk(new string('e', 60_000)), (runtime, end) => runtime.InspectContainerAsync("web", end));

        Assert.Equal(ZLayerErrorKind.RuntimeError, error.Kind);
        Assert.InRange(error.Message.Length, 1, 5000);
    }

    [Fact]
    public async Task Nobody_waits_for_the_end_of_an_answer_that_has_nothing_to_say()
    {
        await using var engine = Saying(Endless, Chunk("x"), Chunk(new string('x', 60_000)));
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });
        using var limit = new CancellationTokenSource(Patience);

        // The greeting goes on and on, too: what is read of it is enough.
        await runtime.StartContainerAsync("web", limit.Token);
    }

    [Theory]
    [InlineData("X-A: a\r\n")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Hints\r\nX-A: a\r\n\r\n")]
    public async Task A_head_that_never_ends_is_refused(string rest)
    {
        var begin = rest.StartsWith("HTTP", StringComparison.Ordinal) ? rest : "HTTP/1.1 200 OK\r\n";
        var pooled = await FailsAsync(begin, rest, string.Concat(Enumerable.Repeat(rest, 500)), (runtime, end) => runtime.InspectContainerAsync("web", end));
        var alone = await FailsAsync(begin, rest, string.Concat(Enumerable.Repeat(rest, 500)), (runtime, end) => runtime.ExportContainerAsync("web", end));

        Assert.Equal((ZLayerErrorKind.RuntimeError, ZLayerErrorKind.RuntimeError), (pooled.Kind, alone.Kind));
    }

    [Fact]
    public async Task What_follows_the_last_chunk_may_not_go_on_for_ever()
    {
        var error = await FailsAsync(Endless, Chunk("x") + "0\r\n", string.Concat(Enumerable.Repeat("X-A: a\r\n", 500)), async (runtime, end) =>
        {
            await using var stream = await runtime.ExportContainerAsync("web", end);
            await stream.CopyToAsync(Stream.Null, end);
        });

        Assert.Equal(ZLayerErrorKind.RuntimeError, error.Kind);
    }

    [SkippableFact]
    public async Task Of_what_ssh_says_without_end_the_beginning_is_shown()
    {
        Skip.If(OperatingSystem.IsWindows(), "the program is a shell script");
        using var directory = new TemporaryDirectory();
        var ssh = Path.Combine(directory.Path, "ssh");
        Programs.WriteScript(ssh, "#!/bin/sh\necho first >&2\nhead -c 50000000 /dev/zero | tr '\\000' e >&2\nexit 255\n");
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = "ssh://host", SshProgram = ssh });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => runtime.InspectContainerAsync("web"));

        Assert.Equal(ZLayerErrorKind.RuntimeUnavailable, error.Kind);
        Assert.Contains("ssh: first; eee", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.Message.Length, 1, 3_000);
    }

    [Fact]
    public async Task Nobody_is_led_elsewhere()
    {
        await using var elsewhere = new ScriptedEngine(ScriptedEngine.Answer(200, "{}"));
        await using var engine = new ScriptedEngine(ScriptedEngine.Answer(307, "", $"Location: {elsewhere.Host}\r\n"));
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => runtime.InspectContainerAsync("web"));

        Assert.Equal(ZLayerErrorKind.RuntimeError, error.Kind);
        Assert.Empty(elsewhere.Requests);
    }

    [Fact]
    public async Task A_frame_takes_no_more_memory_than_what_comes_of_it()
    {
        await using var engine = new RecordedEngine();
        engine.Twist = answer => answer.Name != "Attach" ? null : [.. answer.Head(), 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF, .. "short"u8];
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });
        await using var session = await runtime.AttachAsync("web", new AttachOptions());
        var before = GC.GetAllocatedBytesForCurrentThread();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => DrainAsync(session.ReadAsync()));

        Assert.Equal(ZLayerErrorKind.RuntimeUnavailable, error.Kind);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
    }

    [Theory]
    [InlineData("4294967296", int.MaxValue)]
    [InlineData("9223372036854775807", int.MaxValue)]
    [InlineData("-4294967296", int.MinValue)]
    [InlineData("3", 3)]
    public async Task An_exit_code_that_no_process_has_is_not_taken_for_success(string told, int exitCode)
    {
        await using var engine = new RecordedEngine();
        engine.Twist = answer => answer.Name switch
        {
            "Wait" => Body(answer, $"{{\"StatusCode\":{told}}}"),
            "InspectEnded" => Body(answer, $"{{\"Id\":\"gone\",\"State\":{{\"Status\":\"exited\",\"ExitCode\":{told}}}}}"),
            "ExecInspect" => Body(answer, $"{{\"Running\":false,\"ExitCode\":{told}}}"),
            _ => null,
        };
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        Assert.Equal(exitCode, await runtime.WaitContainerAsync("gone"));
        Assert.Equal(exitCode, (await runtime.WaitOutcomeAsync("gone", WaitCondition.NotRunning)).ExitCode);
        Assert.Equal(exitCode, (await runtime.InspectContainerAsync("gone")).ExitCode);
        Assert.Equal(exitCode, (await runtime.GetContainerStateAsync("gone")).ExitCode);
        Assert.Equal(exitCode, (await runtime.ExecAsync("web", new ExecOptions { Command = ["true"] })).ExitCode);
    }

    [Fact]
    public async Task An_odd_entry_of_a_list_does_not_hide_the_others()
    {
        await using var engine = new RecordedEngine();
        engine.Twist = answer => answer.Name != "ListContainers" ? null : Body(answer, """
            [null, {"Id": "a1", "Names": null, "Labels": {"a": null}, "Created": null, "State": null, "Ports": [null, {"PrivatePort": null}], "NetworkSettings": {"Networks": {"n": null}}},
             {"Id": "a2", "Names": [null, "/\ud800web"], "Created": 99999999999999, "Status": "Up 2147483647 years", "State": "running"}, {"Id": "a3", "Names": ["/last"], "Status": "Exited (0) 2147483647 hours ago"}]
            """);
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        var containers = await runtime.ListContainersAsync(new ContainerFilter { IsBrief = true });

        Assert.Equal(["a1", "\ufffdweb", "last"], containers.Select(container => container.Name));
        Assert.Equal("", containers[0].Labels["a"]);
        Assert.Equal(["n"], containers[0].Networks);
        Assert.All(containers, container => Assert.Null(container.Created));
        Assert.All(containers, container => Assert.Null(container.StartedAt));
    }

    [Fact]
    public async Task An_image_that_the_engine_cannot_tell_about_does_not_hide_the_others()
    {
        var good = new string('a', 64);
        var odd = new string('b', 64);
        await using var engine = new RecordedEngine();
        engine.Twist = answer => answer.Name switch
        {
            "ListImages" => Body(answer, $$"""[null, {"Id": "sha256:{{good}}", "RepoTags": ["good:1", null]}, {"Id": "none", "RepoTags": ["none:1"]}, {"Id": "sha256:{{odd}}", "RepoTags": null}]"""),
            "InspectImage" => Body(answer, "[]"),
            _ => null,
        };
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        Assert.Equal([good, odd], (await runtime.ListImagesAsync()).Select(image => image.Id.Hex));
    }

    [Fact]
    public async Task An_empty_list_may_be_null()
    {
        await using var engine = new RecordedEngine();
        engine.Twist = answer => answer.Name is "ListContainers" or "ListImages" or "History" or "Changes" or "RemoveImage" or "Search" ? Body(answer, " null\n") : null;
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        Assert.Empty(await runtime.ListContainersAsync(new ContainerFilter()));
        Assert.Empty(await runtime.ListImagesAsync());
        Assert.Empty(await runtime.GetImageHistoryAsync("web"));
        Assert.Empty(await runtime.GetContainerChangesAsync("web"));
        Assert.Empty((await runtime.RemoveImageAsync("web")).Deleted);
        Assert.Empty(await runtime.SearchImagesAsync("web"));
    }

    [Fact]
    public async Task A_grace_period_of_68_years_is_none_that_ends()
    {
        await using var engine = new RecordedEngine();
        engine.Twist = answer => answer.Name == "InspectContainer" ? Body(answer, """{"Id": "web", "Config": {"StopTimeout": 2147483647}}""") : null;
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        await runtime.StopContainerAsync("web", new ContainerStopOptions { Signal = Signal.Parse("TERM") });
    }

    [Fact]
    public async Task A_command_of_whose_end_the_engine_never_tells_is_an_error()
    {
        await using var engine = new RecordedEngine();
        engine.Twist = answer => answer.Name == "ExecInspect" ? Body(answer, """{"Running": false, "ExitCode": null}""") : null;
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => runtime.ExecAsync("web", new ExecOptions { Command = ["true"] }));

        Assert.Equal(ZLayerErrorKind.RuntimeError, error.Kind);
    }

    [Fact]
    public async Task Words_that_only_an_engine_should_say_are_not_held_back_for_ever()
    {
        var frame = (byte[])[1, 0, 0, 0, 0, 0, 0, 22, .. "Error: read unixpacket"u8];
        await using var engine = new RecordedEngine();
        engine.Twist = answer => answer.Name != "ExecStart" ? null
            : [.. answer.Head(), 1, 0, 0, 0, 0, 0, 0, 11, .. "exec failed"u8, .. Enumerable.Repeat(frame, 100).SelectMany(bytes => bytes)];
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });
        await using var session = await runtime.OpenExecAsync("web", new ExecOptions { Command = ["true"] });
        var asked = false;
        await foreach (var _ in session.ReadAsync())
        {
            asked = true;
            break;
        }

        // With the eighth of them at the latest; the end of the output is not there yet.
        Assert.True(asked);
        Assert.Equal(4, await session.WaitAsync());
    }

    private static byte[] Body(RecordedAnswer answer, string body) => (answer with { Body = Encoding.UTF8.GetBytes(body) }).ToBytes();

    private static string Chunk(string text) => $"{text.Length:x}\r\n{text}\r\n";

    /// <summary>An engine that begins each answer so, and goes on until the other side has enough.</summary>
    private static ScriptedEngine Saying(string head, string begin, string rest) => new(async request =>
    {
        await request.WriteAsync(head + begin);
        while (true)
        {
            await request.WriteAsync(rest);
        }
    });

    private static async Task<ZLayerException> FailsAsync(string head, string begin, string rest, Func<IContainerRuntime, CancellationToken, Task> attempt)
    {
        await using var engine = Saying(head, begin, rest);
        // The greeting is left out: it would go on for ever, too.
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host, ApiVersion = "1.41" });
        using var limit = new CancellationTokenSource(Patience);
        return await Assert.ThrowsAsync<ZLayerException>(() => attempt(runtime, limit.Token));
    }

    private static async Task DrainAsync<T>(IAsyncEnumerable<T> all)
    {
        await foreach (var _ in all)
        {
            // What matters is the end.
        }
    }
}
