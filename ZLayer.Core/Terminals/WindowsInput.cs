using System.Text;

namespace ZLayer.Core.Terminals;

/// <summary>
/// Reads the Windows console key by key while it is raw, else line by line, or the pipe or file that stands in its place.
/// </summary>
internal sealed class WindowsInput : LocalInput
{
    private const ushort AltKey = 0x12;

    private readonly ManualResetEvent _cancelled = new(false);
    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
    private readonly Queue<byte> _typed = new();

    // The console edits lines itself when it is asked for bytes.
    private readonly Stream? _stream = ConsoleNative.GetMode(ConsoleNative.InputHandle) is { } mode && (mode & ConsoleNative.LineInput) == 0
        ? null
        : Console.OpenStandardInput();

    public override int Read(Span<byte> buffer)
    {
        if (_stream is not null)
        {
            return ReadStream(_stream, buffer);
        }

        while (_typed.Count == 0)
        {
            if (_cancelled.WaitOne(0) || !ConsoleNative.WaitForInput(_cancelled.SafeWaitHandle.DangerousGetHandle()))
            {
                return 0;
            }

            TakeKeys();
        }

        var count = 0;
        while (count < buffer.Length && _typed.TryDequeue(out var next))
        {
            buffer[count++] = next;
        }

        return count;
    }

    public override void Cancel()
    {
        _cancelled.Set();
        if (_stream is not null)
        {
            ConsoleNative.CancelRead();
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _cancelled.Dispose();
        }

        base.Dispose(disposing);
    }

    private int ReadStream(Stream stream, Span<byte> buffer)
    {
        try
        {
            return _cancelled.WaitOne(0) ? 0 : stream.Read(buffer);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException && _cancelled.WaitOne(0))
        {
            return 0;
        }
    }

    private void TakeKeys()
    {
        Span<ConsoleNative.InputRecord> records = stackalloc ConsoleNative.InputRecord[64];
        Span<byte> bytes = stackalloc byte[16];
        foreach (var record in records[..ConsoleNative.ReadInput(records)])
        {
            // A character typed as Alt and digits comes when Alt is released.
            var isTyped = record.Kind == ConsoleNative.KeyEvent
                && record.Character != 0
                && (record.IsDown != 0 || record.VirtualKey == AltKey);
            for (var repeat = 0; isTyped && repeat < Math.Max((ushort)1, record.RepeatCount); repeat++)
            {
                // Characters outside the basic plane come as two records; the encoder keeps the first half.
                var count = _encoder.GetBytes([record.Character], bytes, flush: false);
                foreach (var next in bytes[..count])
                {
                    _typed.Enqueue(next);
                }
            }
        }
    }
}
