using System.Runtime.InteropServices;

namespace ZLayer.Core.Layers;

/// <summary>Decodes bzip2 streams one after the other through libbz2.</summary>
internal sealed unsafe class Bzip2Decoder : IDecoder
{
    // bzlib.h
    private const int Ok = 0;
    private const int StreamEnd = 4;

    private static readonly Lazy<nint> Library
        = new(() => CodecLibrary.Load("bzip2", "libbz2-1.0", "libbz2.so.1.0", "libbz2.so.1", "libbz2.1.0.dylib"));

    private readonly delegate* unmanaged<BzStream*, int, int, int> _open;
    private readonly delegate* unmanaged<BzStream*, int> _decompress;
    private readonly delegate* unmanaged<BzStream*, int> _end;
    private BzStream* _stream;
    private bool _betweenStreams = true;

    private Bzip2Decoder(nint library)
    {
        _open = (delegate* unmanaged<BzStream*, int, int, int>)NativeLibrary.GetExport(library, "BZ2_bzDecompressInit");
        _decompress = (delegate* unmanaged<BzStream*, int>)NativeLibrary.GetExport(library, "BZ2_bzDecompress");
        _end = (delegate* unmanaged<BzStream*, int>)NativeLibrary.GetExport(library, "BZ2_bzDecompressEnd");
        _stream = (BzStream*)NativeMemory.AllocZeroed((nuint)sizeof(BzStream));
    }

    ~Bzip2Decoder() => Free();

    public static IDecoder Create() => new Bzip2Decoder(Library.Value);

    public string Format => "bzip2";

    public bool Decode(ReadOnlySpan<byte> input, Span<byte> output, bool endOfInput, out int consumed, out int produced)
    {
        ObjectDisposedException.ThrowIf(_stream == null, this);
        consumed = 0;
        produced = 0;
        if (_betweenStreams)
        {
            if (input.IsEmpty)
            {
                return true;
            }

            Restart();
        }

        fixed (byte* source = input)
        fixed (byte* destination = output)
        {
            _stream->NextIn = source;
            _stream->AvailableIn = (uint)input.Length;
            _stream->NextOut = destination;
            _stream->AvailableOut = (uint)output.Length;
            var result = _decompress(_stream);
            consumed = input.Length - (int)_stream->AvailableIn;
            produced = output.Length - (int)_stream->AvailableOut;
            GC.KeepAlive(this);
            if (result is not (Ok or StreamEnd))
            {
                throw Decompression.Damaged(Format, $"the data is damaged (libbz2 error {result})");
            }

            _betweenStreams = result == StreamEnd;
            return _betweenStreams;
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Restart()
    {
        End();
        if (_open(_stream, 0, 0) != Ok)
        {
            throw CodecLibrary.OutOfMemory(Format);
        }

        _betweenStreams = false;
    }

    private void End()
    {
        if (_stream->State != null)
        {
            _end(_stream);
            *_stream = default;
        }
    }

    private void Free()
    {
        if (_stream != null)
        {
            End();
            NativeMemory.Free(_stream);
            _stream = null;
        }
    }

    /// <summary>bz_stream (bzlib.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct BzStream
    {
        public byte* NextIn;
        public uint AvailableIn;
        public uint TotalInLow;
        public uint TotalInHigh;
        public byte* NextOut;
        public uint AvailableOut;
        public uint TotalOutLow;
        public uint TotalOutHigh;
        public void* State;
        public void* Allocate;
        public void* Free;
        public void* Opaque;
    }
}
