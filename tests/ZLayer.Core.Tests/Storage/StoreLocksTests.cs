using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

public sealed class StoreLocksTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void An_exclusive_lock_keeps_everybody_else_out()
    {
        var other = new StoreLocks(_store.AnotherView());
        using (_store.Locks.Acquire("a", shared: false))
        {
            Assert.False(other.TryAcquire("a", shared: false, out _));
            Assert.False(other.TryAcquire("a", shared: true, out _));
            Assert.False(_store.Locks.TryAcquire("a", shared: false, out _));
            Assert.True(other.TryAcquire("b", shared: false, out var free));
            free.Dispose();
        }

        Assert.True(other.TryAcquire("a", shared: false, out var held));
        held.Dispose();
    }

    [Fact]
    public void Shared_locks_are_held_together()
    {
        using var first = _store.Locks.Acquire("a", shared: true);
        Assert.True(new StoreLocks(_store.AnotherView()).TryAcquire("a", shared: true, out var second));
        Assert.False(_store.Locks.TryAcquire("a", shared: false, out _));
        second.Dispose();
    }

    [Fact]
    public async Task Waiting_ends_when_the_holder_lets_go_or_the_caller_gives_up()
    {
        var held = _store.Locks.Acquire("a", shared: false);
        using var cancellation = new CancellationTokenSource();
        var impatient = _store.Locks.AcquireAsync("a", shared: false, cancellation.Token);
        var patient = _store.Locks.AcquireAsync("a", shared: false);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient);
        Assert.False(patient.IsCompleted);
        held.Dispose();
        (await patient.WaitAsync(TimeSpan.FromSeconds(30))).Dispose();
    }

    [Fact]
    public async Task Exclusive_sections_never_overlap_even_when_lock_files_are_deleted_meanwhile()
    {
        var inside = 0;
        var overlaps = 0;
        using var cancellation = new CancellationTokenSource();
        var deleter = Task.Run(() =>
        {
            while (!cancellation.IsCancellationRequested)
            {
                // As collection does: only while holding the lock.
                using (_store.Locks.Acquire("a", shared: false))
                {
                    File.Delete(Path.Combine(_store.Layout.Locks, "a"));
                }
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            var locks = new StoreLocks(_store.AnotherView());
            for (var i = 0; i < 200; i++)
            {
                using var held = locks.Acquire("a", shared: false);
                overlaps += Interlocked.Increment(ref inside) == 1 ? 0 : 1;
                Thread.SpinWait(50);
                Interlocked.Decrement(ref inside);
            }
        })));
        await cancellation.CancelAsync();
        await deleter;
        Assert.Equal(0, overlaps);
    }
}
