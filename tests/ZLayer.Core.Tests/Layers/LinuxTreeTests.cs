using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Layers;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Tests.Faults;

namespace ZLayer.Core.Tests.Layers;

/// <summary>Trees whose makers want something else to be touched, or the walk never to end.</summary>
[Trait("Kind", "Integration")]
public sealed class LinuxTreeTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        if (OperatingSystem.IsLinux())
        {
            LinuxTree.Remove(_directory.Path);
        }
    }

    [SkippableFact]
    public void Removing_a_tree_removes_links_and_nothing_behind_them()
    {
        var (tree, victim) = MakeHostileTree();

        LinuxTree.Remove(tree);

        Assert.False(Path.Exists(tree));
        AssertUntouched(victim);
    }

    [SkippableFact]
    public void A_link_is_removed_itself_and_what_is_gone_is_removed()
    {
        var (_, victim) = MakeHostileTree();
        var link = _directory.Combine("link");
        File.CreateSymbolicLink(link, victim);

        LinuxTree.Remove(link);
        LinuxTree.Remove(link);
        LinuxTree.Remove(_directory.Combine("none/none"));

        Assert.Null(new FileInfo(link).LinkTarget);
        AssertUntouched(victim);
    }

    [SkippableFact]
    public void Every_walk_ends_in_a_tree_that_is_deeper_than_stacks_and_descriptors_reach()
    {
        const int Depth = 20_000;
        var tree = MakeTree();
        MakeDeep(tree, Depth);

        Assert.Equal(4, Walk(tree, LinuxTree.Measure));
        Walk(tree, (directory, path) => LinuxTree.SetTimes(directory, path, DateTimeOffset.UnixEpoch));
        Walk(tree, (directory, path) => LinuxTree.RemoveEach(directory, LinuxFiles.ToName("file"), path));
        Assert.Equal(0, Walk(tree, LinuxTree.Measure));
        Assert.Equal(DateTime.UnixEpoch, Directory.GetLastWriteTimeUtc(tree + "/d/d/d"));
        LinuxTree.Remove(tree);

        Assert.False(Directory.Exists(tree));
    }

    [SkippableFact]
    public void A_layer_or_archive_of_a_tree_too_deep_to_name_is_refused()
    {
        var tree = MakeTree();
        MakeDeep(tree, 5_000);
        using var writer = new LayerTarWriter(Stream.Null);

        var layer = Assert.Throws<ZLayerException>(() => LayerDiff.Write(tree, writer));
        var copy = Assert.Throws<ZLayerException>(() => new HostWalk(writer, keepOwners: false, CancellationToken.None).Write(tree, "tree"));

        Assert.Equal((ZLayerErrorKind.OperationNotSupported, ZLayerErrorKind.OperationNotSupported), (layer.Kind, copy.Kind));
    }

    [SkippableFact]
    public void A_walk_of_a_deep_tree_holds_few_descriptors()
    {
        var tree = MakeTree();
        MakeDeep(tree, 1000);
        var directory = LinuxFiles.OpenDirectory(tree);

        using (var walk = new LinuxTreeWalk(directory, tree, staysOnMount: true))
        {
            while (walk.MoveNext() && !walk.IsLeaving)
            {
                _ = walk.TryEnter();
            }

            Assert.Equal(999, walk.Depth);
            Assert.InRange(CountDescriptors(tree), 2, 100);
            while (walk.MoveNext())
            {
                Assert.True(walk.IsLeaving);
                Assert.InRange(CountDescriptors(tree), 1, 100);
            }
        }

        Assert.Equal(1, CountDescriptors(tree));
        LinuxFiles.Close(directory);
    }

    [SkippableFact]
    public void A_directory_that_is_moved_out_during_a_walk_ends_it_and_nothing_outside_is_read()
    {
        var tree = MakeTree();
        MakeDeep(tree, 200);
        Directory.CreateDirectory(_directory.Combine("outside"));
        var directory = LinuxFiles.OpenDirectory(tree);
        using var walk = new LinuxTreeWalk(directory, tree, staysOnMount: true);
        while (walk.MoveNext() && !walk.IsLeaving)
        {
            _ = walk.TryEnter();
        }

        Directory.Move(tree + "/d/d/d/d/d", _directory.Combine("outside/moved"));
        var error = Assert.Throws<ZLayerException>(() =>
        {
            while (walk.MoveNext())
            {
            }
        });

        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.Contains("moved", error.Message, StringComparison.Ordinal);
        LinuxFiles.Close(directory);
    }

    [SkippableFact]
    public void A_directory_that_becomes_a_link_while_the_tree_is_removed_saves_what_the_link_leads_to()
    {
        var (_, victim) = MakeHostileTree();
        for (var round = 0; round < 40; round++)
        {
            var tree = _directory.CreateDirectory($"race{round}");
            for (var i = 0; i < 20; i++)
            {
                Directory.CreateDirectory($"{tree}/{i}/inner");
                File.WriteAllText($"{tree}/{i}/inner/.git", "");
            }

            using var stop = new CancellationTokenSource();
            var swapping = Task.Run(() => Swap(tree, victim, stop.Token));
            try
            {
                LinuxTree.Remove(tree);
            }
            catch (ZLayerException)
            {
                // Whoever swaps may win, by keeping something in the tree. The victim must not lose.
            }

            stop.Cancel();
            swapping.Wait();
            AssertUntouched(victim);
        }
    }

    [SkippableFact]
    public void What_is_mounted_in_a_tree_is_not_removed_and_everything_else_is()
    {
        var (tree, victim) = MakeHostileTree();
        var point = Directory.CreateDirectory(Path.Combine(tree, "inner/point")).FullName;
        Skip.IfNot(Program.TryRun("mount", ["--bind", victim, point], out var output), "mounts need root: " + output);
        try
        {
            var error = Assert.Throws<ZLayerException>(() => LinuxTree.Remove(tree));

            Assert.Equal(ZLayerErrorKind.StorageWriteFailed, error.Kind);
            AssertUntouched(victim);
            Assert.Equal(["inner"], Directory.GetFileSystemEntries(tree).Select(Path.GetFileName));
            Assert.Equal(["point"], Directory.GetFileSystemEntries(tree + "/inner").Select(Path.GetFileName));
            Assert.Equal(0, Walk(tree, LinuxTree.Measure));
            Assert.Throws<ZLayerException>(() => LinuxTree.Remove(point));
            AssertUntouched(victim);
        }
        finally
        {
            Program.TryRun("umount", ["-l", point], out _);
        }
    }

    [SkippableFact]
    public async Task An_ordinary_owner_removes_directories_whose_modes_forbid_it()
    {
        Skip.IfNot(Linux.IsRoot && CommandLine.IsBuilt && Program.Exists("setpriv"), "needs root, setpriv and the command line");
        var (_, victim) = MakeHostileTree();
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0x1FF);
        var trash = _directory.CreateDirectory("root/ingest/1.trash");
        Directory.CreateDirectory(trash + "/closed/inner");
        File.WriteAllText(trash + "/closed/inner/file", "");
        File.CreateSymbolicLink(trash + "/closed/link", victim);
        File.SetUnixFileMode(trash + "/closed/inner", (UnixFileMode)0x16D);
        File.SetUnixFileMode(trash + "/closed", UnixFileMode.None);
        Assert.True(Program.TryRun("chown", ["-R", "65534:65534", _directory.Combine("root")], out var output), output);

        var ended = await CommandLine.RunAsync(
            _directory.Combine("root"), ["prune"], prefix: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]);

        Assert.True(ended.ExitCode == 0, ended.Error);
        Assert.False(Directory.Exists(trash));
        Assert.Equal(0x1EDu, (uint)File.GetUnixFileMode(victim));
        AssertUntouched(victim);
    }

    [SkippableFact]
    public void Measuring_counts_each_file_once_and_nothing_behind_links()
    {
        var (tree, _) = MakeHostileTree();

        Assert.Equal(7, Walk(tree, LinuxTree.Measure));
    }

    [SkippableFact]
    public void Times_are_set_of_links_and_not_of_what_they_lead_to()
    {
        var (tree, victim) = MakeHostileTree();
        var time = DateTimeOffset.FromUnixTimeSeconds(1_000_000_000);
        var before = Directory.GetLastWriteTimeUtc(victim);

        Walk(tree, (directory, path) => LinuxTree.SetTimes(directory, path, time));

        Assert.Equal(before, Directory.GetLastWriteTimeUtc(victim));
        Assert.All((string[])["", "/out", "/inner", "/inner/file", "/pipe"], name => Assert.Equal(time, Linux.Status(tree + name)!.Value.ModificationTime));
    }

    [SkippableTheory]
    [InlineData("inner/file", true)]
    [InlineData("inner//file", true)]
    [InlineData("self/inner/file", false)]
    [InlineData("out/.git", false)]
    [InlineData("alias", false)]
    [InlineData("inner/../inner/file", false)]
    [InlineData("/etc/passwd", false)]
    public void Kernels_without_openat2_open_no_path_through_links_either(string path, bool opens)
    {
        var (tree, _) = MakeHostileTree();
        File.CreateSymbolicLink(tree + "/alias", "inner/file");

        var results = Walk(tree, (directory, _) => OpenTwice(directory, path));

        Assert.Equal(opens, results[0] >= 0);
        Assert.True(opens == results[1] >= 0 || path.Contains("..", StringComparison.Ordinal));
        foreach (var descriptor in results.Where(d => d >= 0))
        {
            LinuxFiles.Close(descriptor);
        }
    }

    private static unsafe int[] OpenTwice(int directory, string path)
    {
        fixed (byte* name = LinuxFiles.ToName(path))
        {
            return [LinuxFiles.OpenByNames(directory, name, LinuxFiles.OpenCloseOnExec), LinuxFiles.OpenBeneath(directory, name, 0)];
        }
    }

    private (string Tree, string Victim) MakeHostileTree()
    {
        var tree = MakeTree();
        var victim = _directory.CreateDirectory("victim");
        File.SetUnixFileMode(victim, (UnixFileMode)0x1ED);
        File.WriteAllText(victim + "/.git", "precious");
        Directory.CreateDirectory(victim + "/.git.d/.git");
        File.CreateSymbolicLink(tree + "/out", victim);
        File.CreateSymbolicLink(tree + "/self", ".");
        File.CreateSymbolicLink(tree + "/again", ".");
        File.CreateSymbolicLink(tree + "/up", "..");
        File.CreateSymbolicLink(tree + "/processes", "/proc");
        Directory.CreateDirectory(tree + "/inner");
        File.WriteAllText(tree + "/inner/file", "content");
        Linux.MakeNode(tree + "/pipe", LinuxFileStatus.Fifo);
        return (tree, victim);
    }

    private string MakeTree()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        return _directory.CreateDirectory("tree");
    }

    private static void AssertUntouched(string victim)
    {
        Assert.Equal("precious", File.ReadAllText(victim + "/.git"));
        Assert.True(Directory.Exists(victim + "/.git.d/.git"));
    }

    private static void Swap(string tree, string victim, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i = (i + 1) % 20)
        {
            try
            {
                Directory.Move($"{tree}/{i}/inner", $"{tree}/{i}/moved");
                File.CreateSymbolicLink($"{tree}/{i}/inner", victim);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is removed already.
            }
        }
    }

    /// <summary>A tree of directories named d, with a file in the deepest.</summary>
    internal static unsafe void MakeDeep(string tree, int depth)
    {
        var directory = LinuxFiles.OpenDirectory(tree);
        fixed (byte* name = LinuxFiles.ToName("d"))
        {
            for (var i = 0; i < depth; i++)
            {
                Assert.Equal(0, SystemCalls.MakeDirectory(directory, name, 0x1ED));
                var next = SystemCalls.OpenAt(directory, name, LinuxFiles.OpenCloseOnExec, 0);
                LinuxFiles.Close(directory);
                directory = next;
            }
        }

        fixed (byte* name = LinuxFiles.ToName("file"))
        {
            var file = SystemCalls.OpenAt(directory, name, LinuxFiles.OpenWriteOnly | LinuxFiles.OpenCreate | LinuxFiles.OpenCloseOnExec, 0x1A4);
            LinuxFiles.Write(file, "deep"u8, "file");
            LinuxFiles.Close(file);
        }

        LinuxFiles.Close(directory);
    }

    private static T Walk<T>(string tree, Func<int, string, T> action)
    {
        var directory = LinuxFiles.OpenDirectory(tree);
        try
        {
            return action(directory, tree);
        }
        finally
        {
            LinuxFiles.Close(directory);
        }
    }

    private static void Walk(string tree, Action<int, string> action)
        => Walk(tree, (directory, path) =>
        {
            action(directory, path);
            return 0;
        });

    private static int CountDescriptors(string tree)
        => Directory.GetFiles("/proc/self/fd").Concat(Directory.GetDirectories("/proc/self/fd"))
            .Count(descriptor => LinuxFiles.ReadLink(descriptor)?.StartsWith(tree, StringComparison.Ordinal) == true);
}
