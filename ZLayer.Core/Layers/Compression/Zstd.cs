using System.Runtime.InteropServices;
using System.Text;

namespace ZLayer.Core.Layers;

/// <summary>The functions of libzstd (1.4 or newer) that layers need.</summary>
internal sealed unsafe class Zstd
{
    public const int CompressionLevelParameter = 100;
    public const int ContentSizeParameter = 200;
    public const int ChecksumParameter = 201;

    private static readonly Lazy<Zstd?> Loaded = new(Find);

    private readonly delegate* unmanaged<nuint, uint> _isError;
    private readonly delegate* unmanaged<nuint, byte*> _getErrorName;

    private Zstd(nint library)
    {
        _isError = (delegate* unmanaged<nuint, uint>)NativeLibrary.GetExport(library, "ZSTD_isError");
        _getErrorName = (delegate* unmanaged<nuint, byte*>)NativeLibrary.GetExport(library, "ZSTD_getErrorName");
        CompressBound = (delegate* unmanaged<nuint, nuint>)NativeLibrary.GetExport(library, "ZSTD_compressBound");
        CreateCompressor = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "ZSTD_createCCtx");
        FreeCompressor = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(library, "ZSTD_freeCCtx");
        SetParameter = (delegate* unmanaged<nint, int, int, nuint>)NativeLibrary.GetExport(library, "ZSTD_CCtx_setParameter");
        Compress = (delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint>)NativeLibrary.GetExport(library, "ZSTD_compress2");
        CreateDecompressor = (delegate* unmanaged<nint>)NativeLibrary.GetExport(library, "ZSTD_createDStream");
        FreeDecompressor = (delegate* unmanaged<nint, nuint>)NativeLibrary.GetExport(library, "ZSTD_freeDStream");
        DecompressStream = (delegate* unmanaged<nint, ZstdOutput*, ZstdInput*, nuint>)NativeLibrary.GetExport(
            library, "ZSTD_decompressStream");
        VersionNumber = ((delegate* unmanaged<uint>)NativeLibrary.GetExport(library, "ZSTD_versionNumber"))();
    }

    /// <summary>
    /// The library of this machine; null when it has none. It is preferred to the managed decoder and encoder, as it takes half of their
    /// time. Frames that it writes differ from one of its versions to the next.
    /// </summary>
    public static Zstd? Installed => Loaded.Value;

    /// <summary>10504 is 1.5.4.</summary>
    public uint VersionNumber { get; }

    public delegate* unmanaged<nuint, nuint> CompressBound { get; }

    public delegate* unmanaged<nint> CreateCompressor { get; }

    public delegate* unmanaged<nint, nuint> FreeCompressor { get; }

    public delegate* unmanaged<nint, int, int, nuint> SetParameter { get; }

    public delegate* unmanaged<nint, byte*, nuint, byte*, nuint, nuint> Compress { get; }

    public delegate* unmanaged<nint> CreateDecompressor { get; }

    public delegate* unmanaged<nint, nuint> FreeDecompressor { get; }

    public delegate* unmanaged<nint, ZstdOutput*, ZstdInput*, nuint> DecompressStream { get; }

    // By its full names on Linux distributions and on macOS, so that the system's loader finds it: names completed from the assembly's
    // directory do not work in a PowerShell module's own load context.
    private static Zstd? Find()
        => NativeLibrary.TryLoad("libzstd.so.1", out var library) || NativeLibrary.TryLoad("libzstd.1.dylib", out library) ? new Zstd(library) : null;

    /// <summary>The library's own words when a result is an error; null when it is none.</summary>
    public string? FindError(nuint result)
        => _isError(result) == 0
            ? null
            : Encoding.ASCII.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(_getErrorName(result)));
}

/// <summary>ZSTD_inBuffer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZstdInput
{
    public byte* Source;
    public nuint Size;
    public nuint Position;
}

/// <summary>ZSTD_outBuffer.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ZstdOutput
{
    public byte* Destination;
    public nuint Size;
    public nuint Position;
}
