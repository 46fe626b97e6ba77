using System.Text.Json;

namespace ZLayer.Core.Foundation.Text;

/// <summary>
/// Cuts a stream of JSON documents into documents. Every byte is looked at once, however small the pieces are that arrive.
/// </summary>
internal sealed class JsonSequence(int maximumSize)
{
    private const int Piece = 16 * 1024;

    private static readonly JsonReaderOptions Options = new() { AllowMultipleValues = true, MaxDepth = CheckedJson.MaximumDepth };

    private byte[] _buffer = new byte[Piece];
    private JsonReaderState _state = new(Options);
    private int _start;
    private int _scanned;
    private int _length;
    private bool _isFinal;
    private bool _isInside;

    /// <summary>True when nothing more can come.</summary>
    public bool IsAtEnd => _isFinal && _scanned == _length && !_isInside;

    /// <summary>Where the next bytes of the stream go.</summary>
    public Memory<byte> Free()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _length - _start).CopyTo(_buffer);
            (_scanned, _length, _start) = (_scanned - _start, _length - _start, 0);
        }

        if (_length == _buffer.Length)
        {
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }

        return _buffer.AsMemory(_length);
    }

    /// <summary>Takes what was read into <see cref="Free"/>; 0 is the end of the stream.</summary>
    public void Add(int count)
    {
        _length += count;
        _isFinal = count == 0;
    }

    /// <summary>The next document, valid until <see cref="Free"/> is called; null when more bytes are needed, or there are none.</summary>
    /// <exception cref="JsonException">It is no JSON, too deep or too large.</exception>
    public ReadOnlyMemory<byte>? Next()
    {
        var reader = new Utf8JsonReader(_buffer.AsSpan(_scanned, _length - _scanned), _isFinal, _state);
        while (reader.Read())
        {
            if (!_isInside)
            {
                _start = _scanned + (int)reader.TokenStartIndex;
                _isInside = true;
            }

            if (reader.CurrentDepth == 0 && reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
            {
                var end = _scanned + (int)reader.BytesConsumed;
                var document = _buffer.AsMemory(_start, end - _start);
                (_start, _scanned, _isInside) = (end, end, false);
                _state = reader.CurrentState;
                return document;
            }
        }

        _scanned += (int)reader.BytesConsumed;
        _start = _isInside ? _start : _scanned;
        _state = reader.CurrentState;
        return _length - _start > maximumSize ? throw new JsonException(JsonText.TooLarge(maximumSize)) : null;
    }
}
