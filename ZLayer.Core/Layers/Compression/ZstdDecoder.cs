namespace ZLayer.Core.Layers;

/// <summary>Decodes zstd frames one after the other. The library refuses windows above 128 MiB, so memory is bounded.</summary>
internal sealed unsafe class ZstdDecoder : IDecoder
{
    private readonly Zstd _zstd;
    private nint _context;

    private ZstdDecoder(Zstd zstd)
    {
        _zstd = zstd;
        _context = zstd.CreateDecompressor();
        if (_context == 0)
        {
            throw CodecLibrary.OutOfMemory(Format);
        }
    }

    ~ZstdDecoder() => Free();

    public static IDecoder Create() => new ZstdDecoder(Zstd.Library);

    public string Format => "zstd";

    public bool Decode(ReadOnlySpan<byte> input, Span<byte> output, bool endOfInput, out int consumed, out int produced)
    {
        ObjectDisposedException.ThrowIf(_context == 0, this);
        fixed (byte* source = input)
        fixed (byte* destination = output)
        {
            var from = new ZstdInput { Source = source, Size = (nuint)input.Length };
            var to = new ZstdOutput { Destination = destination, Size = (nuint)output.Length };
            var result = _zstd.DecompressStream(_context, &to, &from);
            GC.KeepAlive(this);
            if (_zstd.FindError(result) is { } error)
            {
                throw Decompression.Damaged(Format, $"the data is damaged ({error})");
            }

            consumed = (int)from.Position;
            produced = (int)to.Position;
            return result == 0;
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_context != 0)
        {
            _zstd.FreeDecompressor(_context);
            _context = 0;
        }
    }
}
