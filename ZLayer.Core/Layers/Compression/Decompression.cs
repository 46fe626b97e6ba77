using ZLayer.Core.Errors;

namespace ZLayer.Core.Layers;

/// <summary>
/// Detects and undoes the compression of streams that come from outside: gzip, zstd, bzip2 and xz, of one or more members.
/// </summary>
internal static class Decompression
{
    /// <summary>How many first bytes <see cref="Detect"/> needs to know every format.</summary>
    public const int HeadLength = 6;

    /// <summary>The format that the first bytes of a stream announce.</summary>
    /// <param name="head">The first <see cref="HeadLength"/> bytes, or all of a shorter stream.</param>
    public static CompressionFormat Detect(ReadOnlySpan<byte> head)
        => head switch
        {
            [0x1F, 0x8B, 0x08, ..] => CompressionFormat.Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] => CompressionFormat.Zstd,
            // Zstandard's frames that hold no data (RFC 8878, 3.1.2); some tools start a stream with one.
            [>= 0x50 and <= 0x5F, 0x2A, 0x4D, 0x18, ..] => CompressionFormat.Zstd,
            [(byte)'B', (byte)'Z', (byte)'h', >= (byte)'1' and <= (byte)'9', ..] => CompressionFormat.Bzip2,
            [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0x00, ..] => CompressionFormat.Xz,
            _ => CompressionFormat.None,
        };

    /// <summary>Opens a stream that reads the content of <paramref name="input"/> without its compression, whatever it is.</summary>
    /// <param name="input">The stream, read from where it stands.</param>
    /// <param name="leaveOpen">True when disposing the result must not dispose <paramref name="input"/>.</param>
    /// <returns>The content; seekable when <paramref name="input"/> is and has no compression. Reading it throws
    /// <see cref="ZLayerErrorKind.InvalidArchive"/> where the compressed data is damaged or cut short.</returns>
    public static Stream Open(Stream input, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        var head = new byte[HeadLength];
        head = head[..input.ReadAtLeast(head, HeadLength, throwOnEndOfStream: false)];
        var whole = HeadedStream.PutBack(head, input, leaveOpen);
        return Open(whole, Detect(head), leaveOpen: false);
    }

    /// <summary>Opens a stream that reads the content of <paramref name="input"/>, whose format is known.</summary>
    /// <inheritdoc cref="Open(Stream, bool)"/>
    public static Stream Open(Stream input, CompressionFormat format, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(input);
        return format switch
        {
            CompressionFormat.None => leaveOpen ? HeadedStream.PutBack([], input, leaveOpen) : input,
            CompressionFormat.Gzip => new GzipContentStream(input, leaveOpen),
            CompressionFormat.Zstd when Zstd.Installed is { } library => new ZstdContentStream(library, input, leaveOpen),
            CompressionFormat.Zstd => ManagedContentStream.OfZstd(input, leaveOpen),
            CompressionFormat.Bzip2 => ManagedContentStream.OfBzip2(input, leaveOpen),
            CompressionFormat.Xz => new XzContentStream(input, leaveOpen),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
    }

    internal static ZLayerException Damaged(string format, string why, Exception? inner = null)
        => new(ZLayerErrorKind.InvalidArchive, $"Decompressing {format} data: {why}.", inner);
}
