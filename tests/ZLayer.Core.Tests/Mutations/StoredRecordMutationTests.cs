using System.Text;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Oci;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Storage;

namespace ZLayer.Core.Tests.Mutations;

/// <summary>Files of the store and of this machine, and archives, changed at random.</summary>
public sealed class StoredRecordMutationTests : IDisposable
{
    private const int Rounds = 500;
    private static readonly Digest Some = Digest.Of([1]);

    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void A_layer_record_is_read_or_knows_nothing()
    {
        var records = new LayerRecords(_store.Layout);
        Directory.CreateDirectory(_store.Layout.Layers);
        JsonMutations.Check(
            [$$"""{"diffId":"{{Some}}","blobs":[{"blob":{"mediaType":"a/b","digest":"{{Some}}","size":3},"level":3,"verified":true}],"needsBelow":true}"""],
            bytes =>
            {
                File.WriteAllBytes(records.PathOf(Some), bytes);
                var record = records.Read(Some);
                Assert.All(record.Blobs, known => Assert.True(known.Blob.Size >= 0 && known.Blob.MediaType is not null));
                Assert.All(records.Enumerate(), Assert.NotNull);
                RefuseEmpty(record.Blobs.Count);
            },
            Rounds);
    }

    [Fact]
    public void A_step_record_is_read_or_is_not_there()
    {
        _store.Steps.Put("abc", new StepRecord { Key = "abc", Family = "f", Instruction = "RUN x", Layers = [Some], Inputs = new Dictionary<string, string> { ["a"] = "b" } });
        var path = Directory.EnumerateFiles(_store.Layout.StepCache, "abc.json").Single();
        JsonMutations.Check(
            [File.ReadAllText(path)],
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                var found = _store.Steps.Find("abc");
                _ = _store.Steps.FindLatest("f");
                Assert.All(_store.Steps.Enumerate(), record => Assert.True(record.Instruction is not null && record.Inputs.Values.All(value => value is not null)));
                RefuseEmpty(found is null ? 0 : 1);
            },
            Rounds);
    }

    [Fact]
    public void A_name_is_read_or_refused()
    {
        var name = ImageReference.Parse("app:1");
        _store.References.Set(name, new Descriptor { MediaType = MediaTypes.OciManifest, Digest = Some, Size = 3 });
        var path = ReferencePath.Of(_store.Layout.References, name);
        JsonMutations.Check(
            [File.ReadAllText(path)],
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                _ = _store.References.Enumerate((_, error) => Assert.Equal(ZLayerErrorKind.InvalidManifest, error.Kind));
                Assert.InRange(_store.References.Find(name)!.Size, 0, long.MaxValue);
            },
            Rounds);
    }

    [Fact]
    public void A_record_of_a_download_is_read_or_is_not_there()
    {
        var path = Path.Combine(_store.Parent, "download.json");
        JsonMutations.Check(
            [$$"""{"url":"https://a/","sha256":"{{Some.Hex}}","fileName":"f","entityTag":"e","lastModified":"2024-02-03T04:05:06Z"}"""],
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                var record = DownloadRecord.Load(path);
                RefuseEmpty(record is null ? 0 : Convert.FromHexString(record.Sha256).Length + record.Url.Length);
            },
            Rounds);
    }

    [Fact]
    public void A_description_of_devices_is_read_or_refused()
    {
        var directory = Directory.CreateDirectory(Path.Combine(_store.Parent, "cdi")).FullName;
        JsonMutations.Check(
            ["""
             {"cdiVersion":"0.6.0","kind":"v.com/d","devices":[{"name":"all","containerEdits":{"env":["A=b"],"deviceNodes":[{"path":"/dev/null","major":1}],
               "mounts":[{"hostPath":"/a","containerPath":"/b","options":["ro"]}],"hooks":[{"hookName":"createContainer","path":"/h","args":["a"],"timeout":1}]}}],
              "containerEdits":{"additionalGids":[1]}}
             """],
            bytes =>
            {
                File.WriteAllBytes(Path.Combine(directory, "d.json"), bytes);
                foreach (var edits in new CdiDevices([directory]).Resolve(["v.com/d=all"]))
                {
                    Assert.All(edits.Mounts ?? [], mount => Assert.True(mount.HostPath is not null && mount.ContainerPath is not null));
                    Assert.All(edits.Env ?? [], Assert.NotNull);
                }
            },
            Rounds);
    }

    [Fact]
    public void The_log_of_a_runtime_tells_an_error_or_none()
    {
        var path = Path.Combine(_store.Parent, "log.json");
        JsonMutations.Check(
            ["""{"level":"error","msg":"m","time":"2024-02-03T04:05:06Z"}"""],
            bytes =>
            {
                File.WriteAllBytes(path, bytes);
                RefuseEmpty(RuntimeLog.ReadError(path)?.Length ?? 0);
            },
            Rounds);
    }

    [Fact]
    public async Task The_list_of_a_docker_archive_is_read_or_refused()
    {
        var target = StoredImages.Make(_store, "a", "b");
        var archive = Path.Combine(_store.Parent, "archive.tar");
        await new ArchiveWriter(_store.Content, _store.Layers, _store.Leases).WriteAsync(
            [new ArchiveImage(target, [ImageReference.Parse("app:1")])], new ArchiveOptions { Format = ArchiveFormat.DockerArchive }, archive);
        var directory = Directory.CreateDirectory(Path.Combine(_store.Parent, "unpacked")).FullName;
        System.Formats.Tar.TarFile.ExtractToDirectory(archive, directory, overwriteFiles: true);
        // Without the layout beside it, the list is all that there is.
        File.Delete(Path.Combine(directory, "oci-layout"));
        using var other = new TemporaryStore();
        var list = Path.Combine(directory, "manifest.json");
        JsonMutations.Check(
            [File.ReadAllText(list)],
            bytes =>
            {
                File.WriteAllBytes(list, bytes);
                JsonMutations.Wait(ReadAsync(other, directory));
            },
            rounds: 200);
    }

    [Theory]
    [InlineData("[null]", "[0] is null")]
    [InlineData("""[{"Config":"c","RepoTags":[null]}]""", "[0].RepoTags[0] is null")]
    [InlineData("""[{"Config":"c","Layers":[null]}]""", "[0].Layers[0] is null")]
    [InlineData("""[{"Config":null}]""", "no config")]
    [InlineData("null", "null")]
    [InlineData("{}", "another type")]
    [InlineData("""[{"Config":"a\u0000b"}]""", "a path in its manifest.json is none")]
    [InlineData("""[{"Config":""}]""", "a path in its manifest.json is none")]
    public async Task A_docker_archive_with_nulls_says_where(string list, string why)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_store.Parent, "archive")).FullName;
        File.WriteAllText(Path.Combine(directory, "manifest.json"), list);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => new ArchiveReader(_store.Layout, _store.Content, _store.Layers).ReadAsync(directory));

        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Contains(why, error.Message);
    }

    [SkippableFact]
    public void A_mark_that_is_none_leads_nowhere()
    {
        Skip.IfNot(UnflushedMarks.IsSupported, "this system does not tell its boots apart");
        var blob = _store.Content.Write(Encoding.UTF8.GetBytes("kept"));
        Directory.CreateDirectory(Path.Combine(_store.Layout.Layers, "kept"));
        var marks = Directory.CreateDirectory(Path.Combine(_store.Layout.Ingest, "unflushed", "an-earlier-boot")).FullName;
        foreach (var name in (string[])["layer-..", "layer-.", "layer-", "blob", "sha256-x"])
        {
            File.WriteAllBytes(Path.Combine(marks, name), []);
        }

        UnflushedMarks.Recover(_store.AnotherView());

        Assert.True(_store.Content.Contains(blob));
        Assert.True(Directory.Exists(Path.Combine(_store.Layout.Layers, "kept")));
        Assert.False(Directory.Exists(marks));
    }

    private static async Task ReadAsync(TemporaryStore store, string directory)
        => Assert.All(
            await new ArchiveReader(store.Layout, store.Content, store.Layers).ReadAsync(directory),
            image => Assert.Equal(MediaTypes.OciManifest, image.Target.MediaType));

    // What counts as absent is, for the check that both occur, a refusal.
    private static void RefuseEmpty(int count)
        => _ = count > 0 ? count : throw new ZLayerException(ZLayerErrorKind.StorageReadFailed, "It counts as absent.");
}
