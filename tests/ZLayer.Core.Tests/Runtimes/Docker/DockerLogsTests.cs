using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerLogsTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [SkippableFact]
    public async Task Lines_keep_their_order_streams_and_the_times_of_the_engine()
    {
        var before = DateTimeOffset.UtcNow.AddSeconds(-5);
        var id = await EndAsync("echo one; usleep 20000; echo two >&2; usleep 20000; echo three; printf last");

        var lines = await Runtime.GetLogsAsync(id);

        Assert.Equal(["one", "two", "three", "last"], lines.Select(line => line.Text));
        Assert.Equal([LogStream.StdOut, LogStream.StdErr, LogStream.StdOut, LogStream.StdOut], lines.Select(line => line.Stream));
        Assert.Equal(lines.Select(line => line.Time).Order(), lines.Select(line => line.Time));
        Assert.All(lines, line => Assert.InRange(line.Time, before, DateTimeOffset.UtcNow.AddSeconds(5)));
        Assert.All(lines, line => Assert.Equal(Runtime.Name, line.Runtime));
    }

    [SkippableFact]
    public async Task Bytes_that_are_not_UTF8_survive()
    {
        var id = await EndAsync(@"printf '\377\376 a\303\n\244'");
        var lines = await Runtime.GetLogsAsync(id);
        // The engine's log is JSON and keeps text only: it replaces what is none, so the attached stream is what keeps bytes.
        Assert.Equal(2, lines.Count);
        Assert.Equal(" a", lines[0].Text[2..4]);
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_line_of_10_MB_is_one_record_with_and_without_times(bool timestamps)
    {
        var id = await EndAsync("head -c 10000000 /dev/zero | tr '\\0' x; echo; echo after");
        var lines = await LogLines.ReadAsync(Runtime.StreamLogsAsync(id, new LogOptions { Timestamps = timestamps }), id, "").ToListAsync();

        Assert.Equal([10_000_000, 5], lines.Select(line => line.Text.Length));
        Assert.DoesNotContain(lines[0].Text, character => character != 'x');
    }

    [SkippableFact]
    public async Task The_log_of_a_terminal_has_lines_and_times()
    {
        Skip.If(IsPodman, "Podman writes a time into the log of a terminal for each write, not for each line");
        var id = await StartAsync(Shell(NewName(), "echo one; head -c 40000 /dev/zero | tr '\\0' y; echo; echo three >&2") with { Tty = true });
        await Runtime.WaitContainerAsync(id);

        var lines = await Runtime.GetLogsAsync(id);

        Assert.Equal(["one", new string('y', 40_000), "three"], lines.Select(line => line.Text));
        Assert.All(lines, line => Assert.Equal(LogStream.StdOut, line.Stream));
        Assert.All(lines, line => Assert.True(line.Time.Year > 2000 && line.Time < DateTimeOffset.UtcNow.AddMinutes(1)));
        Assert.Equal(3, (await TextsAsync(id, new LogOptions())).Count);
    }

    [SkippableFact]
    public async Task Leaving_and_cancelling_close_the_connection()
    {
        var id = await StartAsync(Shell(NewName(), "while :; do echo x; usleep 1000; done"));
        await FirstLineAsync(id, default);
        var before = OpenSockets();
        for (var i = 0; i < 20; i++)
        {
            await FirstLineAsync(id, default);
        }

        using var cancellation = new CancellationTokenSource();
        var silent = await StartAsync(Shell(NewName(), "echo x; sleep 600"));
        var following = Enumerable.Range(0, 20).Select(_ => Runtime.StreamLogsAsync(silent, new LogOptions { Follow = true }, cancellation.Token).GetAsyncEnumerator(cancellation.Token)).ToList();
        foreach (var follower in following)
        {
            Assert.True(await follower.MoveNextAsync().AsTask().WaitAsync(Patience));
        }

        var waiting = following.Select(follower => follower.MoveNextAsync().AsTask()).ToList();
        await cancellation.CancelAsync();
        foreach (var follower in waiting)
        {
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => follower.WaitAsync(Patience));
        }

        await EventuallyAsync(() => OpenSockets() <= before + 2, () => $"{OpenSockets()} sockets are open, {before} were");
    }

    [SkippableFact]
    public async Task A_hundred_containers_are_followed_at_once()
    {
        const int Count = 100;
        var ids = new List<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Count), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (number, _) =>
        {
            var id = await StartAsync(Shell(NewName(), $"echo first {number}; while [ ! -e /go ]; do usleep 50000; done; echo last {number}"));
            lock (ids)
            {
                ids.Add(id);
            }
        });
        var followers = ids.Select(id => LogLines.ReadAsync(Runtime.StreamLogsAsync(id, new LogOptions { Follow = true, Timestamps = true }), id, "").GetAsyncEnumerator()).ToList();
        foreach (var follower in followers)
        {
            Assert.True(await follower.MoveNextAsync().AsTask().WaitAsync(Patience));
        }

        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (id, end) => await Runtime.ExecAsync(id, new() { Command = ["touch", "/go"] }, end));

        foreach (var follower in followers)
        {
            var first = follower.Current.Text;
            Assert.True(await follower.MoveNextAsync().AsTask().WaitAsync(Patience));
            Assert.Equal(first.Replace("first", "last", StringComparison.Ordinal), follower.Current.Text);
            Assert.False(await follower.MoveNextAsync().AsTask().WaitAsync(Patience));
            await follower.DisposeAsync();
        }
    }

    internal static int OpenSockets()
        => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    internal static async Task EventuallyAsync(Func<bool> condition, Func<string> complaint)
    {
        for (var waited = 0; !condition(); waited += 50)
        {
            Assert.True(waited < 20_000, complaint());
            await Task.Delay(50);
        }
    }

    private async Task FirstLineAsync(string id, CancellationToken cancellationToken)
    {
        await foreach (var line in LogLines.ReadAsync(Runtime.StreamLogsAsync(id, new LogOptions { Follow = true }, cancellationToken), id, "", cancellationToken))
        {
            Assert.Equal("x", line.Text);
            return;
        }
    }

    private async Task<string> EndAsync(string script)
    {
        var id = await StartAsync(Shell(NewName(), script));
        await Runtime.WaitContainerAsync(id);
        return id;
    }

    private async Task<List<string>> TextsAsync(string id, LogOptions options)
        => await LogLines.ReadAsync(Runtime.StreamLogsAsync(id, options), id, "").Select(line => line.Text).ToListAsync();
}
