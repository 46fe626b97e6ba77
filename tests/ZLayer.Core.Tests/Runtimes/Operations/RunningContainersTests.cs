using System.Collections.Concurrent;
using System.Threading.Channels;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Tests.Runtimes.Fake;

namespace ZLayer.Core.Tests.Runtimes.Operations;

public sealed class RunningContainersTests : FakeTestBase
{
    private readonly Channel<string> _happened = Channel.CreateUnbounded<string>();

    [Fact]
    public async Task Containers_that_start_later_are_worked_on_and_again_when_they_start_again()
    {
        await RunAsync("first");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Soon);
        var work = Runtime.ForEachRunningAsync(container => container.Name != "other", FollowAsync, stop.Token);

        Assert.Equal("begin first", await NextAsync());
        await RunAsync("other");
        await RunAsync("second");
        Assert.Equal("begin second", await NextAsync());
        await Runtime.StopContainerAsync("first", ContainerStopOptions.Default);
        Assert.Equal("end first", await NextAsync());
        await Runtime.StartContainerAsync("first");
        Assert.Equal("begin first", await NextAsync());

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => work);
    }

    [Fact]
    public async Task A_failure_of_the_work_ends_the_other_work_and_is_thrown()
    {
        await RunAsync("good");
        await RunAsync("bad");
        var ended = new ConcurrentBag<string>();

        var work = Runtime.ForEachRunningAsync(
            _ => true,
            async (container, token) =>
            {
                if (container.Name == "bad")
                {
                    throw new InvalidOperationException("broken");
                }

                await Task.Delay(Timeout.Infinite, token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ended.Add(container.Name);
            },
            Soon);

        Assert.Equal("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => work)).Message);
        Assert.Equal("good", Assert.Single(ended));
    }

    private async Task FollowAsync(ContainerInfo container, CancellationToken cancellationToken)
    {
        await _happened.Writer.WriteAsync($"begin {container.Name}", cancellationToken);
        await Runtime.WaitContainerAsync(container.Id, cancellationToken);
        await _happened.Writer.WriteAsync($"end {container.Name}", cancellationToken);
    }

    private async Task<string> NextAsync() => await _happened.Reader.ReadAsync(Soon);
}
