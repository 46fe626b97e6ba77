using System.Runtime.InteropServices;

namespace ZLayer.Core.Layers;

/// <summary>Decodes xz streams one after the other through liblzma.</summary>
internal sealed unsafe class XzDecoder : IDecoder
{
    // lzma/base.h: lzma_ret, lzma_action; lzma/container.h: LZMA_CONCATENATED.
    private const int Ok = 0;
    private const int StreamEnd = 1;
    private const int MemoryLimitReached = 6;
    private const int OptionsUnsupported = 8;
    private const int BufferExhausted = 10;
    private const int Run = 0;
    private const int Finish = 3;
    private const uint Concatenated = 8;

    /// <summary><c>xz -9</c> needs 65 MiB; dictionaries beyond this are refused, as an archive could ask for 4 GiB.</summary>
    private const ulong MemoryLimit = 256UL * 1024 * 1024;

    private static readonly Lazy<nint> Library = new(() => CodecLibrary.Load("xz", "liblzma5", "liblzma.so.5", "liblzma.5.dylib"));

    private readonly delegate* unmanaged<LzmaStream*, int, int> _code;
    private readonly delegate* unmanaged<LzmaStream*, void> _end;
    private LzmaStream* _stream;

    private XzDecoder(nint library)
    {
        _code = (delegate* unmanaged<LzmaStream*, int, int>)NativeLibrary.GetExport(library, "lzma_code");
        _end = (delegate* unmanaged<LzmaStream*, void>)NativeLibrary.GetExport(library, "lzma_end");
        var open = (delegate* unmanaged<LzmaStream*, ulong, uint, int>)NativeLibrary.GetExport(library, "lzma_stream_decoder");
        _stream = (LzmaStream*)NativeMemory.AllocZeroed((nuint)sizeof(LzmaStream));
        if (open(_stream, MemoryLimit, Concatenated) != Ok)
        {
            throw CodecLibrary.OutOfMemory(Format);
        }
    }

    ~XzDecoder() => Free();

    public static IDecoder Create() => new XzDecoder(Library.Value);

    public string Format => "xz";

    public bool Decode(ReadOnlySpan<byte> input, Span<byte> output, bool endOfInput, out int consumed, out int produced)
    {
        ObjectDisposedException.ThrowIf(_stream == null, this);
        fixed (byte* source = input)
        fixed (byte* destination = output)
        {
            _stream->NextIn = source;
            _stream->AvailableIn = (nuint)input.Length;
            _stream->NextOut = destination;
            _stream->AvailableOut = (nuint)output.Length;
            var result = _code(_stream, endOfInput ? Finish : Run);
            consumed = input.Length - (int)_stream->AvailableIn;
            produced = output.Length - (int)_stream->AvailableOut;
            GC.KeepAlive(this);
            return result switch
            {
                StreamEnd => true,
                Ok or BufferExhausted => false,
                MemoryLimitReached => throw Decompression.Damaged(Format, $"it needs more than {MemoryLimit >> 20} MiB of memory"),
                OptionsUnsupported => throw Decompression.Damaged(Format, "it uses options that liblzma does not know"),
                _ => throw Decompression.Damaged(Format, $"the data is damaged (liblzma error {result})"),
            };
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_stream != null)
        {
            _end(_stream);
            NativeMemory.Free(_stream);
            _stream = null;
        }
    }

    /// <summary>lzma_stream (lzma/base.h).</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct LzmaStream
    {
        public byte* NextIn;
        public nuint AvailableIn;
        public ulong TotalIn;
        public byte* NextOut;
        public nuint AvailableOut;
        public ulong TotalOut;
        public void* Allocator;
        public void* State;
        public void* Reserved1;
        public void* Reserved2;
        public void* Reserved3;
        public void* Reserved4;
        public ulong Reserved5;
        public ulong Reserved6;
        public nuint Reserved7;
        public nuint Reserved8;
        public int Reserved9;
        public int Reserved10;
    }
}
