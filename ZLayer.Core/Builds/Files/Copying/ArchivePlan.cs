using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>An archive that ADD extracts: read once for its entries and once for their content.</summary>
internal sealed class ArchivePlan(FileNode file)
{
    private const int BlockSize = 512;

    /// <summary>
    /// Says by its content whether a file is a tar archive, compressed or not: the first block must be a header with a right checksum.
    /// </summary>
    public static bool IsArchive(FileNode file)
    {
        if (file.Size == 0)
        {
            return false;
        }

        Span<byte> block = stackalloc byte[BlockSize];
        try
        {
            using var stream = Decompression.Open(file.Tree.OpenRead(file));
            return stream.ReadAtLeast(block, BlockSize, throwOnEndOfStream: false) == BlockSize && HasRightChecksum(block);
        }
        catch (Exception e) when (e is ZLayerException { Kind: ZLayerErrorKind.InvalidArchive } or InvalidDataException)
        {
            return false;
        }
    }

    /// <summary>Opens the archive.</summary>
    public LayerTarReader OpenReader() => new(Decompression.Open(file.Tree.OpenRead(file)));

    // ustar: bytes 148 to 155 hold the sum of the header's bytes, themselves counted as blanks; old writers summed signed bytes.
    private static bool HasRightChecksum(ReadOnlySpan<byte> block)
    {
        var text = Encoding.ASCII.GetString(block[148..156]).Trim('\0', ' ');
        if (text.Length == 0 || text.AsSpan().IndexOfAnyExceptInRange('0', '7') >= 0)
        {
            return false;
        }

        int unsigned = 0, signed = 0;
        for (var i = 0; i < BlockSize; i++)
        {
            var value = i is >= 148 and < 156 ? (byte)' ' : block[i];
            unsigned += value;
            signed += (sbyte)value;
        }

        var expected = Convert.ToInt32(text, 8);
        return expected == unsigned || expected == signed;
    }
}
