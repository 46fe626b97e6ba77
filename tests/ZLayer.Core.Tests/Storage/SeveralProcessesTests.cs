using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Storage;

/// <summary>One data root, real processes: some die, some collect, some find the disk full.</summary>
[Trait("Kind", "Integration")]
public sealed class SeveralProcessesTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public async Task What_a_killed_process_had_written_is_continued()
    {
        const int size = 1_000_000;
        var content = TemporaryStore.RandomBytes(size, 42);
        using var child = ChildProcess.Start("ingest", _store.Layout.Root, size.ToString(CultureInfo.InvariantCulture));
        while (await child.StandardOutput.ReadLineAsync() is { } line && int.Parse(line, CultureInfo.InvariantCulture) < size / 4)
        {
        }

        Assert.Null(_store.Content.TryResume(Digest.Of(content), size));
        child.Kill();
        await child.WaitForExitAsync();
        Assert.Empty(_store.Content.Enumerate());

        using var writer = (await _store.Content.ResumeAsync(Digest.Of(content), size))!;
        Assert.InRange(writer.Position, size / 4, size - 1);
        writer.Write(content.AsSpan((int)writer.Position));
        Assert.Equal(Digest.Of(content), writer.Commit());
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public async Task A_lease_ends_with_its_process()
    {
        var image = StoredImages.Make(_store, "a");
        StoredImages.Age(_store);
        using var child = ChildProcess.Start("lease", _store.Layout.Root, image.Digest.ToString());
        Assert.Equal("True", await child.StandardOutput.ReadLineAsync());
        new Collector(_store.Layout).Collect(new PruneOptions());
        Assert.Equal(3, _store.Content.Enumerate().Count());
        child.Kill();
        await child.WaitForExitAsync();
        new Collector(_store.Layout).Collect(new PruneOptions());
        Assert.Empty(_store.Content.Enumerate());
    }

    [Fact]
    public async Task Two_builds_and_a_prune_at_once_lose_nothing()
    {
        using var first = ChildProcess.Start("build", _store.Layout.Root, "a", "150");
        using var second = ChildProcess.Start("build", _store.Layout.Root, "b", "150");
        using var prune = ChildProcess.Start("prune", _store.Layout.Root, "60");
        await Task.WhenAll(ChildProcess.FinishAsync(first), ChildProcess.FinishAsync(second), ChildProcess.FinishAsync(prune));
        new Collector(_store.Layout).Collect(new PruneOptions { Images = ImagePruning.Dangling });
        Assert.Equal(2, _store.References.Enumerate().Count);
        Assert.Equal(6, _store.Content.Enumerate().Count()); // Two manifests, two layers of their own, one shared, one config.
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public async Task Builds_that_are_killed_leave_a_good_store()
    {
        for (var round = 0; round < 3; round++)
        {
            using var build = ChildProcess.Start("build", _store.Layout.Root, "a", "100000");
            await Task.Delay(400 + (100 * round));
            build.Kill();
            await build.WaitForExitAsync();
            Assert.Contains("Kill", build.ExitCode == 137 ? "Kill" : await build.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
            Assert.DoesNotContain(new Collector(_store.Layout).Collect(new PruneOptions()), result => result.Warnings.Count > 0);
            foreach (var blob in _store.Content.Enumerate())
            {
                _store.Content.ReadDocument(blob.Digest, "test"); // Verified: nothing half-written has a name.
            }
        }
    }

    [Fact]
    public async Task Names_set_by_several_processes_are_all_there()
    {
        var children = Enumerable.Range(0, 3).Select(i => ChildProcess.Start("names", _store.Layout.Root, $"w{i}", "100")).ToList();
        await Task.WhenAll(children.Select(ChildProcess.FinishAsync));
        children.ForEach(child => child.Dispose());
        var names = _store.References.Enumerate().Select(e => e.Reference?.Tag).Where(tag => tag != "shared");
        Assert.Equal(["w0", "w1", "w2"], names);
    }

    [SkippableFact]
    public async Task A_full_disk_is_said_plainly_and_leaves_nothing_half_written()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "mounting a small file system needs root");
        var mount = Directory.CreateDirectory(Path.Combine(_store.Parent, "small")).FullName;
        var mounted = await Programs.RunAsync("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount);
        Skip.IfNot(mounted.ExitCode == 0, "a tmpfs cannot be mounted here: " + mounted.Error);
        try
        {
            FillAndRecover(new StoreLayout(Path.Combine(mount, "root")), mount);
        }
        finally
        {
            await Programs.RunAsync("umount", "-l", mount);
        }
    }

    private static void FillAndRecover(StoreLayout layout, string mount)
    {
        var content = new ContentStore(layout);
        var small = content.Write(new byte[] { 1, 2, 3 });
        var large = TemporaryStore.RandomBytes(4_000_000, 1);

        var error = Assert.Throws<ZLayerException>(() =>
        {
            using var writer = content.Create();
            writer.Write(large);
            writer.Commit();
        });

        Assert.Equal(ZLayerErrorKind.StorageFull, error.Kind);
        Assert.Contains(mount, error.Message, StringComparison.Ordinal);
        Assert.NotNull(error.Advice);
        Assert.Equal([small], content.Enumerate().Select(e => e.Digest));
        Assert.DoesNotContain(Directory.EnumerateFiles(layout.Ingest), f => f.EndsWith(".blob", StringComparison.Ordinal));

        // A resumable blob keeps what fitted, all of it right, and goes on when there is room.
        using (var writer = content.Resume(Digest.Of(large), large.Length)!)
        {
            Assert.Equal(ZLayerErrorKind.StorageFull, Assert.Throws<ZLayerException>(() =>
            {
                foreach (var block in large.Chunk(100_000))
                {
                    writer.Write(block);
                }
            }).Kind);
        }

        File.WriteAllBytes(Path.Combine(layout.Root, "ballast"), []);
        Assert.Equal(ZLayerErrorKind.StorageFull, Assert.Throws<ZLayerException>(
            () => new ReferenceStore(layout).Set(ImageReference.Parse("a"), Fill(layout, content, small))).Kind);
        Assert.Empty(new ReferenceStore(layout).Enumerate());
    }

    // Takes every byte that is left.
    private static Descriptor Fill(StoreLayout layout, ContentStore content, Digest target)
    {
        using var ballast = new FileStream(Path.Combine(layout.Root, "ballast"), FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            for (var block = new byte[4096]; ;)
            {
                ballast.Write(block);
            }
        }
        catch (IOException)
        {
            return new Descriptor { MediaType = MediaTypes.OciManifest, Digest = target, Size = content.GetSize(target) ?? 0 };
        }
    }
}
