using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using ZLayer.Core.Images;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Storage;

namespace ZLayer.Core.Tests.Images;

/// <summary>What tests of archives have: a store that is written from, one that is read into, and an archive between them.</summary>
public abstract class ArchiveTest : IDisposable
{
    private protected static readonly Platform Amd64 = Platform.Parse("linux/amd64");
    private protected static readonly Platform Arm64 = Platform.Parse("linux/arm64");

    private protected TemporaryStore Store { get; } = new();
    private protected TemporaryStore Other { get; } = new();

    private protected string Archive => Path.Combine(Store.Parent, "archive");

    private protected ArchiveWriter Writer => new(Store.Content, Store.Layers, Store.Leases);

    private protected ArchiveReader Reader => new(Other.Layout, Other.Content, Other.Layers);

    public void Dispose()
    {
        Store.Dispose();
        Other.Dispose();
    }

    private protected sealed class SynchronousProgress(Action<ArchiveProgress> report) : IProgress<ArchiveProgress>
    {
        public void Report(ArchiveProgress value) => report(value);
    }

    private protected (Descriptor Index, Descriptor Amd, Descriptor Arm) MakeIndex()
    {
        var amd = StoredImages.Make(Store, Amd64, ["a"]);
        var arm = StoredImages.Make(Store, Arm64, ["b"]);
        return (StoredImages.MakeIndex(Store, (Amd64, amd), (Arm64, arm)), amd, arm);
    }

    private protected static ImageCatalog Catalog(TemporaryStore store) => new(store.Layout, store.Content, store.References, store.Layers);

    private protected static byte[] Json(string text) => Encoding.UTF8.GetBytes(text);

    private protected static byte[] Config(params byte[][] layers)
        => OciJson.Serialize(new ImageConfig
        {
            Architecture = "amd64",
            Os = "linux",
            RootFs = new RootFs { DiffIds = [.. layers.Select(l => Digest.Of(l))] },
        });

    // A content that begins with "->" makes a symbolic link.
    private protected void WriteTar(params (string Path, byte[] Content)[] entries)
    {
        using var output = File.Create(Archive);
        using var tar = new TarWriter(output, TarEntryFormat.Pax);
        foreach (var (path, content) in entries)
        {
            tar.WriteEntry(content.AsSpan().StartsWith("->"u8)
                ? new PaxTarEntry(System.Formats.Tar.TarEntryType.SymbolicLink, path) { LinkName = Encoding.UTF8.GetString(content)[2..] }
                : new PaxTarEntry(System.Formats.Tar.TarEntryType.RegularFile, path) { DataStream = new MemoryStream(content) });
        }
    }

    private protected static List<PaxOrUstar> ReadTar(Stream stream)
    {
        var entries = new List<PaxOrUstar>();
        using var reader = new TarReader(stream, leaveOpen: true);
        while (reader.GetNextEntry() is { } entry)
        {
            entries.Add(new PaxOrUstar(entry.Name, entry.EntryType, entry.Mode, entry.ModificationTime));
        }

        return entries;
    }

    private protected sealed record PaxOrUstar(string Name, System.Formats.Tar.TarEntryType EntryType, UnixFileMode Mode, DateTimeOffset ModificationTime);

    private protected static byte[] Gzip(byte[] content)
    {
        using var output = new MemoryStream();
        using (var gzip = new GZipStream(output, CompressionLevel.Fastest))
        {
            gzip.Write(content);
        }

        return output.ToArray();
    }

    private protected static byte[] ReadAll(Stream stream)
    {
        using var output = new MemoryStream();
        stream.CopyTo(output);
        return output.ToArray();
    }

    private protected static void Flip(string path)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private protected sealed class ForwardOnly(Stream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, Math.Min(count, 1000));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
