using System.Globalization;
using System.Security.Cryptography;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Storage;

/// <summary>A tree of files in memory that is written as a layer, edited, and written again.</summary>
internal sealed class PiecedTree
{
    private readonly SortedDictionary<string, byte[]?> _files = new(StringComparer.Ordinal);

    /// <summary>A tree of anything: empty files, long names, directories, files of several pieces.</summary>
    public static PiecedTree Random(Random random)
    {
        var tree = new PiecedTree();
        for (var i = random.Next(40); i > 0; i--)
        {
            tree._files[Name(random)] = Content(random);
        }

        return tree;
    }

    /// <summary>A tree of files of one size.</summary>
    public static PiecedTree Files(int count, int size)
    {
        var tree = new PiecedTree();
        var random = new Random(1);
        for (var i = 0; i < count; i++)
        {
            var content = new byte[size];
            random.NextBytes(content);
            tree._files[string.Create(CultureInfo.InvariantCulture, $"dir/file{i:D4}")] = content;
        }

        return tree;
    }

    /// <summary>A tree of one file of zeros.</summary>
    public static PiecedTree Zeros(int size)
    {
        var tree = new PiecedTree();
        tree._files["zeros"] = new byte[size];
        return tree;
    }

    public string PathOf(int index) => _files.Keys.ElementAt(index);

    /// <summary>Changes a byte of a file.</summary>
    public void Change(int index) => _files[PathOf(index)]![0] ^= 1;

    /// <summary>Changes, adds, removes, lengthens or shortens a few files.</summary>
    public void Edit(Random random)
    {
        for (var edits = random.Next(4); edits > 0; edits--)
        {
            var path = _files.Count == 0 || random.Next(4) == 0 ? Name(random) : PathOf(random.Next(_files.Count));
            switch (random.Next(4))
            {
                case 0:
                    _files.Remove(path);
                    break;
                case 1 when _files.GetValueOrDefault(path) is { Length: > 0 } content:
                    var insertion = random.Next(content.Length);
                    _files[path] = [.. content[..insertion], .. new byte[random.Next(3)], .. content[insertion..]];
                    break;
                case 2 when _files.GetValueOrDefault(path) is { Length: > 0 } content:
                    content = [.. content];
                    content[random.Next(content.Length)] ^= 1;
                    _files[path] = content;
                    break;
                default:
                    _files[path] = Content(random);
                    break;
            }
        }
    }

    /// <summary>Writes the tree; what is known is written only when it is asked for.</summary>
    public void Write(ILayerOutput layer, Func<string, bool> isKnown, LayerContent write)
    {
        foreach (var (path, content) in _files)
        {
            var entry = new TarEntry
            {
                Path = path,
                Type = content is null ? TarEntryType.Directory : TarEntryType.File,
                Mode = 0b111_101_101,
                Size = content?.Length ?? 0,
                ModificationTime = DateTimeOffset.UnixEpoch,
            };
            if (content is null or [])
            {
                layer.WriteEntry(entry);
            }
            else if (isKnown(path))
            {
                layer.WriteKnown(entry, SHA256.HashData(content), () => write(content));
            }
            else if (content.Length % 2 == 0)
            {
                layer.WriteFile(entry, new MemoryStream(content));
            }
            else
            {
                layer.BeginFile(entry);
                layer.WriteContent(content.AsSpan(0, content.Length / 2));
                layer.WriteContent(content.AsSpan(content.Length / 2));
                layer.EndFile(SHA256.HashData(content));
            }
        }

        layer.Complete();
    }

    /// <summary>The layer, written at once.</summary>
    public byte[] ToTar()
    {
        using var tar = new MemoryStream();
        using var writer = new LayerTarWriter(tar);
        Write(writer, _ => false, _ => { });
        return tar.ToArray();
    }

    /// <summary>Takes content.</summary>
    public delegate void LayerContent(ReadOnlySpan<byte> content);

    private static string Name(Random random)
    {
        var number = random.Next(1000).ToString(CultureInfo.InvariantCulture);
        return random.Next(10) switch
        {
            0 => $"d{number[0]}/{new string('n', 120)}{number}",
            1 => $"d{number[0]}/ünïcode{number}",
            _ => $"d{number[0]}/{number}",
        };
    }

    private static byte[]? Content(Random random)
    {
        var size = random.Next(20) switch
        {
            0 => -1,
            1 => 0,
            2 or 3 => random.Next(60_000),
            4 => 8192 - 512 + random.Next(-600, 600),
            _ => random.Next(3000),
        };
        if (size < 0)
        {
            return null;
        }

        var content = new byte[size];
        if (random.Next(5) > 0)
        {
            random.NextBytes(content);
        }

        return content;
    }
}
