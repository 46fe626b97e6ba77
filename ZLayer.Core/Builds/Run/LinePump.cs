using System.Text;

namespace ZLayer.Core.Builds.Run;

/// <summary>Cuts what a process prints into lines.</summary>
/// <param name="isError">True for standard error.</param>
/// <param name="emit">Receives the lines.</param>
internal sealed class LinePump(bool isError, Action<StepOutput> emit)
{
    private const int LongestLine = 16 << 10;

    private readonly byte[] _line = new byte[LongestLine];
    private int _length;

    /// <summary>Reads to the end.</summary>
    public void Pump(Stream stream)
    {
        var buffer = new byte[32 << 10];
        int count;
        while ((count = stream.Read(buffer)) > 0)
        {
            Add(buffer.AsSpan(0, count));
        }

        Flush();
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var end = bytes.IndexOf((byte)'\n');
            var part = end < 0 ? bytes : bytes[..end];
            while (_length + part.Length > LongestLine)
            {
                var room = LongestLine - _length;
                part[..room].CopyTo(_line.AsSpan(_length));
                _length = LongestLine;
                part = part[room..];
                FlushLong();
            }

            part.CopyTo(_line.AsSpan(_length));
            _length += part.Length;
            if (end < 0)
            {
                return;
            }

            EmitLine();
            bytes = bytes[(end + 1)..];
        }
    }

    private void EmitLine()
    {
        var length = _length > 0 && _line[_length - 1] == '\r' ? _length - 1 : _length;
        emit(new StepOutput(Encoding.UTF8.GetString(_line, 0, length), isError));
        _length = 0;
    }

    // The piece ends before a character that is not complete.
    private void FlushLong()
    {
        var cut = _length;
        var start = cut - 1;
        while (start > cut - 4 && (_line[start] & 0xC0) == 0x80)
        {
            start--;
        }

        if (_line[start] >= 0xC0 && start + SequenceLength(_line[start]) > cut)
        {
            cut = start;
        }

        emit(new StepOutput(Encoding.UTF8.GetString(_line, 0, cut), isError, IsPartial: true));
        _line.AsSpan(cut, _length - cut).CopyTo(_line);
        _length -= cut;
    }

    private static int SequenceLength(byte lead) => lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;

    private void Flush()
    {
        if (_length > 0)
        {
            emit(new StepOutput(Encoding.UTF8.GetString(_line, 0, _length), isError, IsPartial: true));
            _length = 0;
        }
    }
}
