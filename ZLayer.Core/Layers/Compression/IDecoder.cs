namespace ZLayer.Core.Layers;

/// <summary>A decompressor that a <see cref="DecoderStream"/> feeds.</summary>
internal interface IDecoder : IDisposable
{
    /// <summary>The format's name, for messages.</summary>
    string Format { get; }

    /// <summary>Decodes what it can of the input.</summary>
    /// <param name="input">Compressed bytes; empty when only buffered output is wanted.</param>
    /// <param name="output">Where content goes.</param>
    /// <param name="endOfInput">True when nothing follows the input.</param>
    /// <param name="consumed">How many input bytes were taken.</param>
    /// <param name="produced">How many content bytes were given.</param>
    /// <returns>True when the compressed data may end here: a member or frame is complete.</returns>
    /// <exception cref="Errors.ZLayerException">The data is damaged.</exception>
    bool Decode(ReadOnlySpan<byte> input, Span<byte> output, bool endOfInput, out int consumed, out int produced);
}
