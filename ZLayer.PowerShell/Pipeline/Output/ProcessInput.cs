using System.Management.Automation;
using System.Text;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Makes bytes for a process of what is piped to a cmdlet: byte arrays and single bytes go as they are, lines of output as the bytes that
/// they had, their ends too, everything else as a line of UTF-8 text. Not safe for concurrent use.
/// </summary>
/// <param name="newline">Whether a line end follows each text.</param>
internal sealed class ProcessInput(bool newline = true)
{
    // A byte array that PowerShell takes apart comes as single bytes; they travel together.
    private const int MostPending = 1 << 14;

    private readonly List<byte> _pending = [];

    /// <summary>The bytes to send now; empty while single bytes are gathered.</summary>
    /// <param name="value">What was piped.</param>
    public byte[] Encode(object? value)
    {
        if (OutputLine.BytesOf(value) is var (line, end))
        {
            return newline ? [.. Flush(), .. line, .. end] : [.. Flush(), .. line];
        }

        switch (value is PSObject wrapper ? wrapper.BaseObject : value)
        {
            case null:
                return [];
            case byte single:
                _pending.Add(single);
                return _pending.Count < MostPending ? [] : Flush();
            case byte[] bytes:
                return [.. Flush(), .. bytes];
            case string text:
                return Line(Encoding.UTF8.GetBytes(text));
            default:
                return Line(Encoding.UTF8.GetBytes(LanguagePrimitives.ConvertTo<string>(value)));
        }
    }

    /// <summary>The single bytes that were gathered.</summary>
    public byte[] Flush()
    {
        byte[] bytes = [.. _pending];
        _pending.Clear();
        return bytes;
    }

    private byte[] Line(ReadOnlySpan<byte> text) => newline ? [.. Flush(), .. text, (byte)'\n'] : [.. Flush(), .. text];
}
