using System.Buffers.Text;

namespace ZLayer.Core.Layers;

/// <summary>The hash of an entry's path, which decides whether a piece begins with the entry.</summary>
internal static class PiecePath
{
    /// <summary>Adds what comes before the header block: a PAX record with the path, or GNU's long name.</summary>
    public static ulong Add(ulong seed, ReadOnlySpan<byte> bytes) => Hash(seed, bytes);

    /// <summary>Adds the name and prefix fields of the header block.</summary>
    public static ulong Finish(ulong hash, ReadOnlySpan<byte> block)
        => Hash(Hash(hash, block[..TarFormat.NameLength]), block.Slice(TarFormat.PrefixOffset, TarFormat.PrefixLength));

    /// <summary>The hash of an entry out of all its header blocks, as <see cref="TarHeaderEncoder"/> makes them.</summary>
    public static ulong Of(ReadOnlySpan<byte> headers)
    {
        ulong hash = 0;
        var records = headers[..^TarFormat.BlockSize];
        records = records.IsEmpty ? records : records[TarFormat.BlockSize..];
        while (TryTakeRecord(ref records, out var record))
        {
            hash = record.StartsWith("path="u8) ? Add(hash, record) : hash;
        }

        return Finish(hash, headers[^TarFormat.BlockSize..]);
    }

    /// <summary>
    /// Takes the first PAX record off others, without its length and line break; false at the end, and before a damaged one.
    /// </summary>
    public static bool TryTakeRecord(ref ReadOnlySpan<byte> records, out ReadOnlySpan<byte> record)
    {
        if (!Utf8Parser.TryParse(records, out int length, out var digits) || length <= digits + 1 || length > records.Length)
        {
            record = default;
            return false;
        }

        record = records[(digits + 1)..(length - 1)];
        records = records[length..];
        return true;
    }

    /// <summary>Spreads what a number says over all of its bits, as in splitmix64.</summary>
    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    /// <summary>FNV-1a, finished so that the high bits are good.</summary>
    private static ulong Hash(ulong seed, ReadOnlySpan<byte> bytes)
    {
        var hash = seed ^ 0xCBF29CE484222325;
        foreach (var value in bytes)
        {
            hash = (hash ^ value) * 0x100000001B3;
        }

        return Mix(hash);
    }
}
