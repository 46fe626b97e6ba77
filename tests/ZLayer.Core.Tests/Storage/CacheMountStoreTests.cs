using ZLayer.Core.Errors;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

public sealed class CacheMountStoreTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TemporaryStore _store = new();
    private readonly CacheMountStore _mounts;

    public CacheMountStoreTests() => _mounts = new CacheMountStore(_store.Layout);

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task A_mount_that_could_not_be_filled_is_not_there_and_is_filled_by_the_next()
    {
        await Assert.ThrowsAsync<ZLayerException>(() => _mounts.OpenAsync("id", CacheMountSharing.Shared, (directory, _) =>
        {
            File.WriteAllText(Path.Combine(directory, "half"), "");
            throw new IOException("No space left on device", 28);
        }));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _mounts.OpenAsync("id", CacheMountSharing.Locked, async (directory, _) =>
        {
            await File.WriteAllTextAsync(Path.Combine(directory, "half"), "", CancellationToken.None);
            throw new OperationCanceledException();
        }));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_store.Layout.CacheMounts));
        Assert.Empty(_store.Leftovers());

        using var mount = await _mounts.OpenAsync("id", CacheMountSharing.Shared, FillAsync);

        Assert.True(mount.IsNew);
        Assert.Equal(["whole"], NamesIn(mount));
    }

    [Fact]
    public async Task Whoever_comes_while_a_mount_is_filled_waits_until_it_is_whole()
    {
        var begun = new TaskCompletionSource();
        var go = new TaskCompletionSource();
        var first = _mounts.OpenAsync("id", CacheMountSharing.Shared, async (directory, ct) =>
        {
            begun.SetResult();
            await go.Task;
            await FillAsync(directory, ct);
        });
        await begun.Task.WaitAsync(Patience);

        var second = new CacheMountStore(_store.AnotherView()).OpenAsync("id", CacheMountSharing.Shared, (_, _) => throw new InvalidOperationException("filled twice"));
        Assert.False(second.IsCompleted);
        go.SetResult();
        using var one = await first.WaitAsync(Patience);
        using var two = await second.WaitAsync(Patience);

        Assert.Equal((true, false), (one.IsNew, two.IsNew));
        Assert.Equal(["whole"], NamesIn(two));
    }

    [Fact]
    public async Task What_a_killed_process_had_filled_in_is_not_the_mount_and_is_collected()
    {
        using var child = ChildProcess.Start("seed", _store.Layout.Root, "id");
        Assert.Equal("half", await child.StandardOutput.ReadLineAsync());
        child.Kill();
        await child.WaitForExitAsync();

        using (var mount = await _mounts.OpenAsync("id", CacheMountSharing.Locked, FillAsync).WaitAsync(Patience))
        {
            Assert.True(mount.IsNew);
            Assert.Equal(["whole"], NamesIn(mount));
        }

        var leftover = Assert.Single(Directory.EnumerateDirectories(_store.Layout.Ingest, "work-cache-*"));
        Directory.SetLastWriteTimeUtc(leftover, DateTime.UtcNow.AddHours(-1));
        new Collector(_store.Layout).Collect(new PruneOptions());
        Assert.False(Directory.Exists(leftover));
    }

    [Fact]
    public async Task A_directory_without_content_is_no_mount()
    {
        var first = await _mounts.OpenAsync("id", CacheMountSharing.Shared, FillAsync);
        first.Dispose();
        Directory.Delete(first.Directory, recursive: true);

        using var second = await _mounts.OpenAsync("id", CacheMountSharing.Shared, FillAsync);

        Assert.Equal((true, first.Directory), (second.IsNew, second.Directory));
        Assert.Equal(["whole"], NamesIn(second));
    }

    [Fact]
    public async Task One_who_waits_to_be_alone_is_not_overtaken_by_shared_or_private_users()
    {
        var shared = await _mounts.OpenAsync("id", CacheMountSharing.Shared);
        var locked = _mounts.OpenAsync("id", CacheMountSharing.Locked);
        var name = Path.GetFileName(Path.GetDirectoryName(shared.Directory))!;
        await WaitForTurnAsync("mount-" + name);

        var later = new CacheMountStore(_store.AnotherView()).OpenAsync("id", CacheMountSharing.Shared);
        using (var apart = await _mounts.OpenAsync("id", CacheMountSharing.Private))
        {
            Assert.NotEqual(shared.Directory, apart.Directory);
        }

        Assert.False(later.IsCompleted);
        shared.Dispose();
        var alone = await locked.WaitAsync(Patience);
        Assert.False(later.IsCompleted);
        alone.Dispose();
        (await later.WaitAsync(Patience)).Dispose();
    }

    [Fact]
    public async Task One_who_gives_up_waiting_to_be_alone_lets_shared_users_in_again()
    {
        using var shared = await _mounts.OpenAsync("id", CacheMountSharing.Shared);
        using var patience = new CancellationTokenSource();
        var locked = _mounts.OpenAsync("id", CacheMountSharing.Locked, cancellationToken: patience.Token);
        await WaitForTurnAsync("mount-" + Path.GetFileName(Path.GetDirectoryName(shared.Directory)));
        var later = _mounts.OpenAsync("id", CacheMountSharing.Shared);

        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => locked);
        (await later.WaitAsync(Patience)).Dispose();
    }

    private static string[] NamesIn(CacheMount mount) => [.. Directory.EnumerateFileSystemEntries(mount.Directory).Select(Path.GetFileName)!];

    private static Task FillAsync(string directory, CancellationToken cancellationToken)
        => File.WriteAllTextAsync(Path.Combine(directory, "whole"), "", cancellationToken);

    private async Task WaitForTurnAsync(string name)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (_store.Locks.TryAcquireInTurn(name, shared: true, out var held))
        {
            held.Dispose();
            await Task.Delay(1, limit.Token);
        }
    }
}
