using System.Diagnostics;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Faults;

namespace ZLayer.Core.Tests.Storage;

/// <summary>What living leases and mounts keep, while clocks are set and file times mean nothing.</summary>
public sealed class LeaseTests : IDisposable
{
    private static readonly PruneOptions Garbage = new();

    private readonly TemporaryStore _store = new();

    private Collector Collector => new(_store.Layout);

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(5)]
    [InlineData(-5)]
    [InlineData(50_000)]
    [InlineData(-50_000)]
    public void What_was_written_or_used_under_a_living_lease_stays_whatever_the_clock_says(int hours)
    {
        var clock = new SteppingClock();
        var layout = new StoreLayout(_store.Layout.Root) { Clock = clock };
        var used = StoredImages.Make(_store, "used");
        StoredImages.Make(_store, "unused");
        using (new LeaseStore(layout).Open("test"))
        {
            clock.Step(TimeSpan.FromHours(hours));
            Assert.True(new ContentStore(layout).TryUse(used.Digest));
            new ContentStore(layout).Write(StoredImages.Tar("new", "new"));
            new Collector(layout).Collect(Garbage);
            Assert.Equal(4, _store.Content.Enumerate().Count());
            clock.Step(TimeSpan.FromHours(-hours));
            StoredImages.Age(_store, days: Math.Sign(hours) * 4000);
            new Collector(layout).Collect(Garbage);
            Assert.Equal(4, _store.Content.Enumerate().Count());
        }

        new Collector(layout).Collect(Garbage);
        Assert.Empty(_store.Content.Enumerate());
    }

    [Fact]
    public void What_comes_from_the_future_is_not_kept_by_a_lease_that_does_not_need_it()
    {
        StoredImages.Make(_store, "a");
        StoredImages.Age(_store, days: -4000);
        using var lease = _store.Leases.Open("test");
        Collector.Collect(Garbage);
        Assert.Empty(_store.Content.Enumerate());
    }

    [Fact]
    public void What_comes_from_the_future_becomes_old_from_when_that_is_seen()
    {
        var clock = new SteppingClock();
        var collector = new Collector(new StoreLayout(_store.Layout.Root) { Clock = clock });
        _store.Steps.Put("a1", new StepRecord { Key = "a1", Instruction = "RUN" });
        _store.References.Set(ImageReference.Parse("app"), StoredImages.Make(_store, "a"));
        StoredImages.Age(_store, days: -4000);
        var old = new PruneOptions { BuildCache = true, Images = ImagePruning.All, OlderThan = TimeSpan.FromHours(24) };
        collector.Collect(old);
        Assert.Single(_store.Steps.Enumerate());
        Assert.Single(_store.References.Enumerate());
        clock.Step(TimeSpan.FromHours(25));
        collector.Collect(old);
        Assert.Empty(_store.Steps.Enumerate());
        Assert.Empty(_store.References.Enumerate());
    }

    [Fact]
    public void The_journal_of_what_was_written_does_not_grow_for_ever()
    {
        var path = Path.Combine(_store.Layout.Locks, WriteJournal.FileName);
        _store.Layout.EnsureCreated();
        using var oldest = _store.Leases.Open("oldest");
        _store.Content.Write(new byte[] { 1 });
        File.AppendAllText(path, string.Concat(Enumerable.Repeat($"\n{Digest.Of([2])}\n", 20_000)));
        var long1 = new FileInfo(path).Length;
        oldest.Dispose();
        using var lease = _store.Leases.Open("newest");
        Assert.True(new FileInfo(path) is not { Exists: true } file || file.Length < long1 / 100);
        var kept = _store.Content.Write(new byte[] { 3 });
        Collector.Collect(Garbage);
        Assert.Equal([kept], _store.Content.Enumerate().Select(blob => blob.Digest));
    }

    [Fact]
    public void A_journal_that_was_shortened_keeps_the_places_of_living_leases()
    {
        using var early = _store.Leases.Open("early");
        var first = _store.Content.Write(new byte[] { 1 });
        using var late = _store.Leases.Open("late");
        var second = _store.Content.Write(new byte[] { 2 });
        early.Dispose();
        for (var i = 0; i < 3; i++)
        {
            Collector.Collect(Garbage);
            Assert.Equal([second], _store.Content.Enumerate().Select(blob => blob.Digest));
        }

        Assert.False(_store.Content.Contains(first));
        var third = _store.Content.Write(new byte[] { 3 });
        Collector.Collect(Garbage);
        Assert.Equal([second, third], _store.Content.Enumerate().Select(blob => blob.Digest).OrderBy(digest => digest != second));
    }

    [Fact]
    public void A_journal_that_a_full_disk_cut_short_loses_no_later_line()
    {
        using var lease = _store.Leases.Open("test");
        _store.Content.Write(new byte[] { 1 });
        File.AppendAllText(Path.Combine(_store.Layout.Locks, WriteJournal.FileName), "\nsha256:ab");
        _store.Content.Write(new byte[] { 2 });
        Collector.Collect(Garbage);
        Assert.Equal(2, _store.Content.Enumerate().Count());
    }

    [SkippableFact]
    public async Task A_directory_that_is_mounted_stays_whatever_leases_and_clocks_say()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "only Linux mounts layers");
        var layer = StoredImages.AddLayer(_store, "a");
        Extract(layer.Digest);
        var directory = _store.Layers.FindDirectory(layer.Digest)!;
        using var held = _store.Layers.HoldDirectories([directory]);
        Assert.Null(held.Missing);
        StoredImages.Age(_store);
        Collector.Collect(new PruneOptions { Layers = true });
        Assert.True(Directory.Exists(directory));

        // A process of the mount outlives the one that made it.
        using var step = Process.Start(new ProcessStartInfo("flock", ["-s", held.Path, "sh", "-c", "echo ready; read -r end"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        Assert.Equal("ready", await step.StandardOutput.ReadLineAsync());
        held.Dispose();
        Collector.Collect(new PruneOptions { Layers = true });
        Assert.True(Directory.Exists(directory));

        step.StandardInput.Close();
        await step.WaitForExitAsync();
        Collector.Collect(new PruneOptions { Layers = true });
        Assert.False(Directory.Exists(directory));
        Assert.False(File.Exists(held.Path));
        Assert.Equal(directory, held.Missing);
    }

    private void Extract(Digest diffId)
    {
        using var work = _store.Layers.CreateWorkDirectory("test");
        _store.Layers.AdoptDirectory(diffId, Directory.CreateDirectory(Path.Combine(work.Path, "fs")).FullName);
    }
}
