using System.IO.Compression;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Artifacts;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Directories in artifacts, as oras packs them.</summary>
public sealed class PackedDirectoryTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-artifacts-").FullName;
    private readonly RegistryClient _client = RegistryClientTests.Create(RegistryClientTests.Quick);

    public void Dispose()
    {
        _client.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task A_directory_that_oras_packed_is_unpacked()
    {
        var tar = Tars.Write(writer =>
        {
            writer.WriteEntry(Tars.Directory("docs", 0b111_101_101));
            writer.Text("docs/run.sh", "#!/bin/sh", 0b100_111_101_101);
            writer.WriteEntry(Tars.SymbolicLink("docs/link", "sub/../run.sh"));
            writer.WriteEntry(Tars.SymbolicLink("docs/sub/up", ".."));
            writer.WriteEntry(Tars.SymbolicLink("docs/sub/round", "up/sub/up/run.sh"));
            writer.WriteEntry(Tars.HardLink("docs/hard", "docs/run.sh"));
            writer.Text("docs/sub/deep", "deep");
        });
        var target = Path.Combine(_directory, "out");

        var path = Assert.Single(await PullPackedAsync("docs", tar, target));

        Assert.Equal(Path.Combine(target, "docs"), path);
        Assert.Equal(["hard", "link", "run.sh", "sub"], Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal(("#!/bin/sh", "deep"), (File.ReadAllText(path + "/hard"), File.ReadAllText(path + "/sub/deep")));
        Assert.Equal("sub/../run.sh", new FileInfo(path + "/link").LinkTarget);
        Assert.Equal(["docs"], Directory.EnumerateFileSystemEntries(target).Select(Path.GetFileName));
        if (!OperatingSystem.IsWindows())
        {
            // Executable still, but not with its owner's rights.
            Assert.Equal(0b111_101_101, (int)File.GetUnixFileMode(path + "/run.sh"));
        }

        Assert.Equal(ZLayerErrorKind.FileExists, (await Assert.ThrowsAsync<ZLayerException>(() => PullPackedAsync("docs", tar, target))).Kind);
    }

    [Fact]
    public async Task A_packed_directory_that_is_not_what_the_artifact_says_is_refused()
    {
        var tar = Tars.Write(writer => writer.Text("docs/a", "a"));

        var error = await Assert.ThrowsAsync<ZLayerException>(() => PullPackedAsync("docs", tar, Path.Combine(_directory, "out"), Digest.Of("else"u8)));

        Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(_directory, "out")));
    }

    public static TheoryData<string> HostileEntries() => new(
        "beside", "other/beside", "link out", "absolute link", "through a link", "hard link out", "hard link to a link", "device", "pipe", "twice", "file as directory", "docsother",
        "link out through another", "link out through a later one", "links in a circle", "directory is a link", "sparse");

    [Theory]
    [MemberData(nameof(HostileEntries))]
    public async Task A_packed_directory_stays_within_itself(string what)
    {
        File.WriteAllText(Path.Combine(_directory, "victim"), "untouched");
        var tar = Tars.Write(writer =>
        {
            if (what != "directory is a link")
            {
                writer.Text("docs/file", "file");
            }

            switch (what)
            {
                case "link out": writer.WriteEntry(Tars.SymbolicLink("docs/link", "a/../../../victim")); break;
                case "absolute link": writer.WriteEntry(Tars.SymbolicLink("docs/link", "/etc/passwd")); break;
                case "through a link":
                    writer.WriteEntry(Tars.SymbolicLink("docs/link", "."));
                    writer.Text("docs/link/new", "new");
                    break;
                case "link out through another":
                    writer.WriteEntry(Tars.SymbolicLink("docs/a/b/s", "."));
                    writer.WriteEntry(Tars.SymbolicLink("docs/a/b/t", "s/s/s/../../../../../victim"));
                    break;
                case "link out through a later one":
                    writer.WriteEntry(Tars.SymbolicLink("docs/a/t", "s/../../victim"));
                    writer.WriteEntry(Tars.SymbolicLink("docs/a/s", ".."));
                    break;
                case "links in a circle":
                    writer.WriteEntry(Tars.SymbolicLink("docs/one", "two"));
                    writer.WriteEntry(Tars.SymbolicLink("docs/two", "one"));
                    break;
                case "directory is a link": writer.WriteEntry(Tars.SymbolicLink("docs", ".")); break;
                case "hard link out": writer.WriteEntry(Tars.HardLink("docs/link", "victim")); break;
                case "hard link to a link":
                    writer.WriteEntry(Tars.SymbolicLink("docs/link", "file"));
                    writer.WriteEntry(Tars.HardLink("docs/hard", "docs/link"));
                    break;
                case "device": writer.WriteEntry(Tars.File("docs/node", 0) with { Type = TarEntryType.CharacterDevice, DeviceMajor = 1, DeviceMinor = 3 }); break;
                case "pipe": writer.WriteEntry(Tars.File("docs/node", 0) with { Type = TarEntryType.Fifo }); break;
                case "twice": writer.Text("docs/file", "again"); break;
                case "file as directory": writer.Text("docs/file/below", "below"); break;
                default: writer.Text(what, "beside"); break;
            }
        });
        if (what == "sparse")
        {
            tar =
            [
                .. Tars.Member("p", 'x', [.. Tars.PaxRecord("GNU.sparse.size", $"{1L << 44}"), .. Tars.PaxRecord("GNU.sparse.map", "0,0")]),
                .. Tars.Member("docs/file", '0', []),
                .. Tars.End,
            ];
        }

        var target = Path.Combine(_directory, "out");

        var error = await Assert.ThrowsAsync<ZLayerException>(() => PullPackedAsync("docs", tar, target));

        Assert.Equal(ZLayerErrorKind.InvalidArchive, error.Kind);
        Assert.Empty(Directory.EnumerateFileSystemEntries(target));
        Assert.Equal("untouched", File.ReadAllText(Path.Combine(_directory, "victim")));
    }

    private async Task<IReadOnlyList<string>> PullPackedAsync(string title, byte[] tar, string target, Digest? digest = null)
    {
        var blob = new MemoryStream();
        using (var gzip = new GZipStream(blob, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(tar);
        }

        var content = blob.ToArray();
        using var registry = ArtifactTests.Serve(
            [
                new Descriptor
                {
                    MediaType = MediaTypes.OciLayerGzip,
                    Digest = Digest.Of(content),
                    Size = content.Length,
                    Annotations = new Dictionary<string, string>
                    {
                        ["org.opencontainers.image.title"] = title,
                        ["io.deis.oras.content.unpack"] = "true",
                        ["io.deis.oras.content.digest"] = (digest ?? Digest.Of(tar)).ToString(),
                    },
                },
            ],
            content);
        return await new ArtifactClient(_client, RegistryClientTests.Quick).PullAsync(FaultTests.Image(registry), target);
    }
}
