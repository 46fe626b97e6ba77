using System.Formats.Tar;
using System.Text;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Builds.Files;

/// <summary>A context to copy from, a stage to copy to, and a way to say what came out: one line an entry of the layer.</summary>
public sealed class CopyFixture : IDisposable
{
    private int _layers;

    public CopyFixture()
    {
        Root = Directory.CreateTempSubdirectory("zlayer-copy-").FullName;
        Context = Directory.CreateDirectory(Path.Combine(Root, "context")).FullName;
        Store = new StoreLayout(Path.Combine(Root, "store"));
    }

    public string Root { get; }

    public string Context { get; }

    internal StoreLayout Store { get; }

    public static SourceLocation Location => new("Dockerfile", 12, 1);

    public void Dispose() => Directory.Delete(Root, recursive: true);

    /// <summary>Writes a file of the context with mode 0644, and its directories with 0755.</summary>
    public string Write(string path, string content, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead)
    {
        var full = Path.Combine(Context, path);
        MakeDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(full, content);
        File.SetUnixFileMode(full, mode);
        return full;
    }

    public string MakeDirectory(string path)
    {
        var current = Context;
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            current = Path.Combine(current, segment);
            if (!Directory.Exists(current))
            {
                Directory.CreateDirectory(current);
                File.SetUnixFileMode(current, (UnixFileMode)0b111_101_101);
            }
        }

        return current;
    }

    public void Link(string path, string target) => File.CreateSymbolicLink(Path.Combine(Context, path), target);

    /// <summary>Makes everything in the context look as if it had changed an hour ago, so that the digest cache trusts it.</summary>
    internal FileDigestCache OpenCache(DateTimeOffset? now = null) => FileDigestCache.Open(Store, Context, now ?? DateTimeOffset.UtcNow.AddHours(1));

    internal DirectoryTree OpenContext(string? ignore = null, FileDigestCache? digests = null)
        => new(Context, new DirectoryTreeOptions { Ignore = ignore is null ? null : IgnoreFile.Parse(ignore), Digests = digests });

    /// <summary>A copy from the context.</summary>
    internal PreparedCopy Prepare(IFileTree tree, string[] sources, string destination, Func<CopyRequest, CopyRequest>? change = null)
    {
        var request = new CopyRequest
        {
            Sources = [.. sources.Select(s => new CopySource(tree, s) { ResetOwner = true })],
            Destination = destination,
            Location = Location,
        };
        return PreparedCopy.Prepare(change?.Invoke(request) ?? request);
    }

    /// <summary>Copies from the context and lists the layer.</summary>
    internal string[] Copy(string[] sources, string destination, Func<CopyRequest, CopyRequest>? change = null, IFileTree? target = null, string? ignore = null)
    {
        using var tree = OpenContext(ignore);
        return List(Prepare(tree, sources, destination, change), target);
    }

    internal static string[] List(PreparedCopy copy, IFileTree? target = null)
    {
        using var layer = new MemoryStream();
        copy.WriteLayer(layer, target);
        layer.Position = 0;
        return List(layer);
    }

    public static string[] List(Stream layer)
    {
        var lines = new List<string>();
        using var reader = new TarReader(layer);
        while (reader.GetNextEntry() is { } entry)
        {
            var type = entry.EntryType switch
            {
                TarEntryType.Directory => "d",
                TarEntryType.SymbolicLink => "l",
                TarEntryType.HardLink => "h",
                TarEntryType.Fifo => "p",
                TarEntryType.CharacterDevice => "c",
                TarEntryType.BlockDevice => "b",
                _ => "f",
            };
            var detail = entry.LinkName.Length > 0 ? $" -> {entry.LinkName}"
                : entry.DataStream is { } data ? " " + new StreamReader(data, Encoding.UTF8).ReadToEnd()
                : "";
            lines.Add($"{type} {Convert.ToString((int)entry.Mode, 8).PadLeft(4, '0')} {entry.Uid}:{entry.Gid} {entry.Name.TrimEnd('/')}{detail}");
        }

        return [.. lines];
    }

    /// <summary>Makes a layer of tar entries, to copy onto or from.</summary>
    internal TarTree Layer(params TarEntry[] entries) => new(LayerFile(entries), "stage base");

    public FileStream LayerFile(params TarEntry[] entries)
    {
        var path = Path.Combine(Root, $"layer-{_layers++}.tar");
        using (var file = File.Create(path))
        using (var writer = new TarWriter(file, TarEntryFormat.Pax))
        {
            foreach (var entry in entries)
            {
                writer.WriteEntry(entry);
            }
        }

        return File.OpenRead(path);
    }

    public static TarEntry Dir(string path, int mode = 0b111_101_101, int uid = 0, int gid = 0)
        => new PaxTarEntry(TarEntryType.Directory, path + "/") { Mode = (UnixFileMode)mode, Uid = uid, Gid = gid, ModificationTime = DateTimeOffset.FromUnixTimeSeconds(1000) };

    public static TarEntry Reg(string path, string content, int mode = 0b110_100_100, int uid = 0, int gid = 0)
        => new PaxTarEntry(TarEntryType.RegularFile, path)
        {
            Mode = (UnixFileMode)mode,
            Uid = uid,
            Gid = gid,
            DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
            ModificationTime = DateTimeOffset.FromUnixTimeSeconds(1000),
        };

    public static TarEntry Symlink(string path, string target) => new PaxTarEntry(TarEntryType.SymbolicLink, path) { LinkName = target };

    public static TarEntry Hardlink(string path, string target) => new PaxTarEntry(TarEntryType.HardLink, path) { LinkName = target };
}
