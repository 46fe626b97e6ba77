namespace ZLayer.Core.Layers;

/// <summary>Decodes zstd frames one after the other. The library refuses windows above 128 MiB, so memory is bounded.</summary>
internal sealed unsafe class ZstdDecoder : IDisposable
{
    public const string Format = "zstd";

    private readonly Zstd _zstd;
    private nint _context;

    public ZstdDecoder(Zstd library)
    {
        _zstd = library;
        _context = _zstd.CreateDecompressor();
        if (_context == 0)
        {
            throw NativeBuffer.OutOfMemory(Format);
        }
    }

    ~ZstdDecoder() => Free();

    /// <summary>Decodes what it can of the input.</summary>
    /// <param name="input">Compressed bytes; empty when only buffered output is wanted.</param>
    /// <param name="output">Where content goes.</param>
    /// <param name="consumed">How many input bytes were taken.</param>
    /// <param name="produced">How many content bytes were given.</param>
    /// <returns>True when the compressed data may end here: a frame is complete.</returns>
    /// <exception cref="Errors.ZLayerException">The data is damaged.</exception>
    public bool Decode(ReadOnlySpan<byte> input, Span<byte> output, out int consumed, out int produced)
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
