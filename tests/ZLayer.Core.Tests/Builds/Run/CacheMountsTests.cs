using ZLayer.Core.Builds.Run;
using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Tests.Builds.Run;

public sealed class CacheMountsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("zlayer-caches-").FullName;

    public CacheMountsTests() => Skip.IfNot(OperatingSystem.IsLinux(), "flock is Linux's");

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [SkippableFact]
    public async Task A_cache_is_new_once()
    {
        var caches = new CacheMounts(_root);

        string directory;
        using (var first = await caches.AcquireAsync("a/b:c", CacheSharing.Shared))
        {
            directory = first.Directory;
            Assert.True(first.IsNew);
            Assert.True(Directory.Exists(directory));
        }

        using var second = await new CacheMounts(_root).AcquireAsync("a/b:c", CacheSharing.Locked);
        Assert.False(second.IsNew);
        Assert.Equal(directory, second.Directory);
    }

    [SkippableFact]
    public async Task Shared_users_hold_a_cache_together()
    {
        var caches = new CacheMounts(_root);

        using var first = await caches.AcquireAsync("id", CacheSharing.Shared);
        using var second = await caches.AcquireAsync("id", CacheSharing.Shared);

        Assert.Equal(first.Directory, second.Directory);
    }

    [SkippableFact]
    public async Task A_locked_cache_is_waited_for()
    {
        var caches = new CacheMounts(_root);
        var first = await caches.AcquireAsync("id", CacheSharing.Locked);
        var waiting = caches.AcquireAsync("id", CacheSharing.Locked);

        await Task.Delay(200);
        Assert.False(waiting.IsCompleted);
        first.Dispose();
        using var second = await waiting.WaitAsync(TimeSpan.FromSeconds(5));

        Assert.Equal(first.Directory, second.Directory);
    }

    [SkippableFact]
    public async Task Waiting_can_be_cancelled()
    {
        var caches = new CacheMounts(_root);
        using var first = await caches.AcquireAsync("id", CacheSharing.Locked);
        using var source = new CancellationTokenSource(100);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caches.AcquireAsync("id", CacheSharing.Locked, source.Token));
    }

    [SkippableFact]
    public async Task A_private_cache_in_use_makes_room_for_another_that_is_kept()
    {
        var caches = new CacheMounts(_root);

        var first = await caches.AcquireAsync("id", CacheSharing.Private);
        var second = await caches.AcquireAsync("id", CacheSharing.Private);
        Assert.NotEqual(first.Directory, second.Directory);
        Assert.True(second.IsNew);
        first.Dispose();
        second.Dispose();

        using var again = await caches.AcquireAsync("id", CacheSharing.Private);
        Assert.Equal(first.Directory, again.Directory);
        Assert.Equal(2, caches.Enumerate().Count());
    }

    [SkippableFact]
    public async Task Another_process_keeps_a_cache_locked()
    {
        var caches = new CacheMounts(_root);
        string lockFile;
        using (var lease = await caches.AcquireAsync("id", CacheSharing.Shared))
        {
            lockFile = Path.Combine(Path.GetDirectoryName(lease.Directory)!, "lock");
        }

        Skip.IfNot(File.Exists("/usr/bin/flock"), "needs flock (package util-linux)");
        using var other = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("flock", [lockFile, "sh", "-c", "echo held; read x"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("held", await other.StandardOutput.ReadLineAsync());

        var waiting = caches.AcquireAsync("id", CacheSharing.Shared);
        await Task.Delay(150);
        Assert.False(waiting.IsCompleted);
        Assert.False(caches.TryRemove(caches.Enumerate().Single()));

        other.StandardInput.Close();
        using var mine = await waiting.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.NotNull(mine);
    }

    [SkippableFact]
    public async Task An_unused_cache_can_be_removed_and_is_new_again()
    {
        var caches = new CacheMounts(_root);
        using (var lease = await caches.AcquireAsync("id", CacheSharing.Shared))
        {
            File.WriteAllText(Path.Combine(lease.Directory, "f"), "12345");
        }

        var entry = Assert.Single(caches.Enumerate());
        Assert.Equal(("id", 5L), (entry.Id, entry.Size));
        Assert.True(caches.TryRemove(entry));
        Assert.Empty(caches.Enumerate());
        using var again = await caches.AcquireAsync("id", CacheSharing.Shared);
        Assert.True(again.IsNew);
    }
}
