using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Tests.Layers;
using static ZLayer.Core.Tests.Runtimes.Conformance.ConformanceCase;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>Files that go into containers and come out of them.</summary>
public sealed class FilesConformance(ConformanceFixture fixture) : ConformanceTest(fixture)
{
    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ArchivePut, RuntimeOperation.ArchiveGet)]
    public Task An_archive_goes_in_and_comes_out_under_its_last_name(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("true"));
        var content = new byte[300_000];
        new Random(1).NextBytes(content);
        await PutAsync(on, id, "/tmp", tar =>
        {
            tar.WriteEntry(Tars.Directory("data/"));
            tar.WriteFile(Tars.File("data/f", content.Length), content);
        });

        await using var archive = await on.Runtime.GetArchiveAsync(id, "/tmp/data", on.Soon);

        var entries = Tars.Read(archive);
        Assert.Equal(["data", "data/f"], entries.Select(entry => entry.Entry.Path.TrimEnd('/')));
        Assert.Equal(content, entries[1].Content);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ArchivePut)]
    public Task Files_that_were_put_are_seen_inside(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.StartAsync(on.Shell("sleep 1000"));
        await PutAsync(on, id, "/tmp", tar => Tars.Text(tar, "note", "hello"));
        Assert.Equal("hello", (await on.ExecAsync(id, "cat /tmp/note")).StdOut);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ArchiveHead)]
    public Task A_path_is_described_and_a_link_is_not_followed(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("true"));
        await PutAsync(on, id, "/tmp", tar =>
        {
            tar.WriteEntry(Tars.Directory("d/", 0b011_111_101_101));
            Tars.Text(tar, "d/f", "abc", 0b100_111_001_001);
            tar.WriteEntry(Tars.SymbolicLink("d/link", "f"));
        });

        Assert.Equal("drwxr-sr-t", (await on.Runtime.GetPathStatAsync(id, "/tmp/d", on.Soon)).Mode.ToString());
        var file = await on.Runtime.GetPathStatAsync(id, "/tmp/d/f", on.Soon);
        Assert.Equal(("f", 3, "-rws--x--x", "", Tars.Time), (file.Name, file.Size, file.Mode.ToString(), file.LinkTarget, file.LastWriteTime));
        var link = await on.Runtime.GetPathStatAsync(id, "/tmp/d/link", on.Soon);
        Assert.Equal(("link", true, "/tmp/d/f"), (link.Name, link.Mode.IsSymbolicLink, link.LinkTarget));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ArchiveGet, RuntimeOperation.ArchiveHead)]
    public Task A_path_that_does_not_exist_is_told_apart(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.CreatedAsync();
        var error = await RefusesAsync(ZLayerErrorKind.ContainerPathNotFound, () => on.Runtime.GetPathStatAsync(id, "/no/such", on.Soon));
        Assert.Equal("/no/such", error.Subject);
        await RefusesAsync(ZLayerErrorKind.ContainerPathNotFound, () => on.Runtime.GetArchiveAsync(id, "/no/such", on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ArchivePut)]
    public Task An_archive_is_not_put_where_no_directory_is(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.CreatedAsync();
        await RefusesAsync(ZLayerErrorKind.ContainerPathNotFound, () => PutAsync(on, id, "/no/such", tar => Tars.Text(tar, "f", "x")));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ArchivePut)]
    public Task An_archive_is_not_put_into_a_file(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.CreatedAsync();
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => PutAsync(on, id, "/etc/passwd", tar => Tars.Text(tar, "f", "x")));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ArchivePut)]
    public Task A_read_only_file_system_takes_no_archive(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("true") with { ReadOnlyRootFileSystem = true });
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => PutAsync(on, id, "/tmp", tar => Tars.Text(tar, "f", "x")));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ArchivePut)]
    public Task A_directory_is_not_replaced_by_a_file_where_that_is_forbidden(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.CreateAsync(on.Shell("true"));
        await PutAsync(on, id, "/tmp", tar => tar.WriteEntry(Tars.Directory("thing/")));
        var archive = new MemoryStream(Tars.Write(tar => Tars.Text(tar, "thing", "x")));
        await RefusesAsync(
            ZLayerErrorKind.InvalidArgument,
            () => on.Runtime.PutArchiveAsync(id, "/tmp", archive, new ArchivePutOptions { NoOverwriteDirNonDir = true }, on.Soon));
        Assert.True((await on.Runtime.GetPathStatAsync(id, "/tmp/thing", on.Soon)).Mode.IsDirectory);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ArchivePut)]
    public Task What_is_no_archive_is_refused(string runtime) => CaseAsync(runtime, async on =>
    {
        var garbage = new byte[10_000];
        Array.Fill(garbage, (byte)'x');
        var id = await on.Shared.CreatedAsync();
        await RefusesAsync(
            ZLayerErrorKind.InvalidArgument, () => on.Runtime.PutArchiveAsync(id, "/tmp", new MemoryStream(garbage), new ArchivePutOptions(), on.Soon));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ArchivePut, RuntimeOperation.ArchiveGet, RuntimeOperation.ArchiveHead)]
    public Task An_empty_path_is_refused(string runtime) => CaseAsync(runtime, async on =>
    {
        var id = await on.Shared.CreatedAsync();
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.GetPathStatAsync(id, "", on.Soon));
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => on.Runtime.GetArchiveAsync(id, "", on.Soon));
        await RefusesAsync(ZLayerErrorKind.InvalidArgument, () => PutAsync(on, id, "", tar => Tars.Text(tar, "f", "x")));
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ExportContainerFs, RuntimeOperation.ChangesContainer)]
    public Task The_whole_file_system_is_exported_and_what_changed_in_it_is_told(string runtime) => CaseAsync(runtime, async on =>
    {
        var name = on.NewName();
        await on.EndAsync(on.Shell("echo x > /etc/new; echo y >> /etc/group; rm /etc/passwd", name));

        var changes = await on.Runtime.GetContainerChangesAsync(name, on.Soon);
        foreach (var (kind, path) in (ReadOnlySpan<(FileChangeKind, string)>)
            [(FileChangeKind.Modified, "/etc"), (FileChangeKind.Added, "/etc/new"), (FileChangeKind.Modified, "/etc/group"), (FileChangeKind.Deleted, "/etc/passwd")])
        {
            Assert.Contains(new FileChange(kind, path, name), changes);
        }

        await using var archive = await on.Runtime.ExportContainerAsync(name, on.Soon);
        var paths = Tars.Read(archive).ConvertAll(entry => entry.Entry.Path);
        Assert.Contains("etc/new", paths);
        Assert.Contains("bin/sh", paths);
        Assert.DoesNotContain("etc/passwd", paths);
    });

    [SkippableTheory, OnEveryRuntime(RuntimeOperation.ChangesContainer)]
    public Task What_never_ran_changed_nothing(string runtime) => CaseAsync(runtime, async on =>
        Assert.Empty(await on.Runtime.GetContainerChangesAsync(await on.Shared.CreatedAsync(), on.Soon)));

    private static async Task PutAsync(ConformanceCase on, string container, string path, Action<Core.Layers.LayerTarWriter> write)
        => await on.Runtime.PutArchiveAsync(container, path, new MemoryStream(Tars.Write(write)), new ArchivePutOptions(), on.Soon);
}
