using System.Text;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

/// <summary>Short ways to write and read tar streams in tests.</summary>
internal static class Tars
{
    public static readonly DateTimeOffset Time = new(2024, 2, 29, 12, 34, 56, TimeSpan.Zero);

    public static TarEntry File(string path, int size, int mode = 0b110_100_100)
        => new() { Path = path, Type = TarEntryType.File, Mode = mode, Size = size, ModificationTime = Time };

    public static TarEntry Directory(string path, int mode = 0b111_101_101)
        => new() { Path = path, Type = TarEntryType.Directory, Mode = mode, ModificationTime = Time };

    public static TarEntry SymbolicLink(string path, string target)
        => new() { Path = path, Type = TarEntryType.SymbolicLink, Mode = 0b111_111_111, LinkTarget = target, ModificationTime = Time };

    public static TarEntry HardLink(string path, string target)
        => new() { Path = path, Type = TarEntryType.HardLink, Mode = 0b110_100_100, LinkTarget = target, ModificationTime = Time };

    public static byte[] Write(Action<LayerTarWriter> write)
    {
        using var output = new MemoryStream();
        using var writer = new LayerTarWriter(output);
        write(writer);
        writer.Complete();
        return output.ToArray();
    }

    public static void Text(this LayerTarWriter writer, string path, string content, int mode = 0b110_100_100)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        writer.WriteFile(File(path, bytes.Length, mode), bytes);
    }

    public static List<(TarEntry Entry, byte[] Content)> Read(byte[] tar) => Read(new MemoryStream(tar));

    public static List<(TarEntry Entry, byte[] Content)> Read(Stream tar)
    {
        var entries = new List<(TarEntry, byte[])>();
        using var reader = new LayerTarReader(tar);
        while (reader.MoveNext() is { } entry)
        {
            var content = new MemoryStream();
            reader.Content.CopyTo(content);
            entries.Add((entry, content.ToArray()));
        }

        return entries;
    }

    /// <summary>A header block with any fields, for archives that no honest writer makes.</summary>
    public static byte[] Header(string name, char type, string link = "", long size = 0, string magic = "ustar\000", Action<byte[]>? change = null)
    {
        var block = new byte[512];
        Encoding.Latin1.GetBytes(name).CopyTo(block, 0);
        Encoding.ASCII.GetBytes("0000644\0").CopyTo(block, 100);
        Encoding.ASCII.GetBytes("0000000\0").CopyTo(block, 108);
        Encoding.ASCII.GetBytes("0000000\0").CopyTo(block, 116);
        Encoding.ASCII.GetBytes(Convert.ToString(size, 8).PadLeft(11, '0')).CopyTo(block, 124);
        Encoding.ASCII.GetBytes("00000000000").CopyTo(block, 136);
        block[156] = (byte)type;
        Encoding.Latin1.GetBytes(link).CopyTo(block, 157);
        Encoding.ASCII.GetBytes(magic).CopyTo(block, 257);
        change?.Invoke(block);
        block.AsSpan(148, 8).Fill((byte)' ');
        var sum = block.Sum(value => value);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
        return block;
    }

    /// <summary>A header block and its content, padded.</summary>
    public static byte[] Member(string name, char type, byte[] content, string magic = "ustar\000")
        => [.. Header(name, type, "", content.Length, magic), .. content, .. new byte[-content.Length & 511]];

    public static byte[] PaxRecord(string key, string value)
    {
        var rest = Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount(value) + 3;
        var length = rest + 1;
        while (length != rest + length.ToString(System.Globalization.CultureInfo.InvariantCulture).Length)
        {
            length = rest + length.ToString(System.Globalization.CultureInfo.InvariantCulture).Length;
        }

        return Encoding.UTF8.GetBytes($"{length} {key}={value}\n");
    }

    /// <summary>The two blocks that end an archive.</summary>
    public static byte[] End => new byte[1024];
}
