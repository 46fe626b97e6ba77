using System.IO.Compression;
using SharpCompress.Compressors.ZStandard;
using SharpCompress.Compressors.ZStandard.Unsafe;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Layers;

/// <summary>Compresses pieces into members or frames of their own. One instance serves one thread.</summary>
internal abstract class PieceEncoder : IDisposable
{
    /// <summary>Creates the encoder of a compression at a level.</summary>
    public static PieceEncoder Create(LayerCompression compression, int level)
        => compression != LayerCompression.Zstd ? new GzipPieceEncoder(level)
            : Zstd.Installed is { } library ? new ZstdPieceEncoder(library, level)
            : new ManagedZstdPieceEncoder(level);

    /// <summary>How many bytes the compressed form of a piece can take at most.</summary>
    public abstract int GetBound(int length);

    /// <summary>Compresses a piece into a buffer of <see cref="GetBound"/> bytes.</summary>
    /// <returns>The length of the compressed form.</returns>
    public abstract int Encode(ReadOnlySpan<byte> piece, NativeBuffer destination);

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what is not managed; more than once does no harm.</summary>
    protected virtual void Release()
    {
    }
}

/// <summary>
/// Pieces as gzip members whose header does not tell when, where or how they were made. What does not compress is stored, in a member of
/// its own: deflate would take most of its time for it, and gain nothing.
/// </summary>
internal sealed unsafe class GzipPieceEncoder(int level) : PieceEncoder
{
    private const int ExtraFlagsOffset = 8;
    private const int OperatingSystemOffset = 9;
    private const byte UnknownOperatingSystem = 255;

    private readonly ZLibCompressionOptions _compressed = new() { CompressionLevel = level };
    private readonly ZLibCompressionOptions _stored = new() { CompressionLevel = 0 };

    // The fastest methods of zlib-ng use fixed codes of up to 9 bits a byte.
    public override int GetBound(int length) => length + length / 8 + 4096;

    public override int Encode(ReadOnlySpan<byte> piece, NativeBuffer destination)
    {
        using var members = new UnmanagedMemoryStream(destination.Pointer, 0, destination.Capacity, FileAccess.Write);
        do
        {
            var length = Compressibility.FindRun(piece, out var isIncompressible);
            var start = (int)members.Position;
            WriteMember(piece[..length], isIncompressible ? _stored : _compressed, members);
            destination.Span[start + ExtraFlagsOffset] = 0;
            destination.Span[start + OperatingSystemOffset] = UnknownOperatingSystem;
            piece = piece[length..];
        }
        while (!piece.IsEmpty);

        GC.KeepAlive(destination);
        return (int)members.Position;
    }

    private static void WriteMember(ReadOnlySpan<byte> content, ZLibCompressionOptions options, UnmanagedMemoryStream members)
    {
        if (content.IsEmpty)
        {
            // GZipStream writes nothing at all for no content.
            members.Write([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            return;
        }

        using var gzip = new GZipStream(members, options, leaveOpen: true);
        gzip.Write(content);
    }
}

/// <summary>Pieces as zstd frames with their content's size and checksum.</summary>
internal sealed unsafe class ZstdPieceEncoder : PieceEncoder
{
    private readonly Zstd _zstd;
    private nint _context;

    public ZstdPieceEncoder(Zstd library, int level)
    {
        _zstd = library;
        _context = _zstd.CreateCompressor();
        if (_context == 0)
        {
            throw NativeBuffer.OutOfMemory("zstd");
        }

        Check(_zstd.SetParameter(_context, Zstd.CompressionLevelParameter, level));
        Check(_zstd.SetParameter(_context, Zstd.ContentSizeParameter, 1));
        Check(_zstd.SetParameter(_context, Zstd.ChecksumParameter, 1));
    }

    ~ZstdPieceEncoder() => Release();

    public override int GetBound(int length) => (int)_zstd.CompressBound((nuint)length);

    public override int Encode(ReadOnlySpan<byte> piece, NativeBuffer destination)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        fixed (byte* source = piece)
        {
            var length = _zstd.Compress(_context, destination.Pointer, (nuint)destination.Capacity, source, (nuint)piece.Length);
            Check(length);
            GC.KeepAlive(destination);
            return (int)length;
        }
    }

    protected override void Release()
    {
        if (_context != 0)
        {
            _zstd.FreeCompressor(_context);
            _context = 0;
        }
    }

    private void Check(nuint result)
    {
        if (_zstd.FindError(result) is { } error)
        {
            throw new ZLayerException(ZLayerErrorKind.InternalError, $"Compressing a layer with zstd: {error}.");
        }
    }
}

/// <summary>
/// The same frames without libzstd, for machines that have none: slower, and of a version of their own, whose bytes are those of
/// libzstd 1.5.7.
/// </summary>
internal sealed class ManagedZstdPieceEncoder : PieceEncoder
{
    private readonly Compressor _compressor;

    public ManagedZstdPieceEncoder(int level)
    {
        _compressor = new Compressor(level);
        _compressor.SetParameter(ZSTD_cParameter.ZSTD_c_contentSizeFlag, 1);
        _compressor.SetParameter(ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
    }

    /// <summary>The version of libzstd that it was made from: 10507 is 1.5.7.</summary>
    public static uint VersionNumber => Methods.ZSTD_versionNumber();

    public override int GetBound(int length) => Compressor.GetCompressBound(length);

    public override int Encode(ReadOnlySpan<byte> piece, NativeBuffer destination) => _compressor.Wrap(piece, destination.Span);

    protected override void Release() => _compressor.Dispose();
}
