using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Cli.Display;

/// <summary>
/// Standard output or error as a writer that does not throw: what cannot be written is lost, and the work goes on. The first failure is
/// kept, nothing is tried after it.
/// </summary>
internal sealed class ScreenWriter(Stream stream) : TextWriter
{
    private readonly Lock _lock = new();

    public override Encoding Encoding { get; }
        = OperatingSystem.IsWindows() ? Console.OutputEncoding : new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Why writing ended; null while it goes on.</summary>
    public Exception? Failure { get; private set; }

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    // A line is written at once: those of several threads do not mix.
    public override void WriteLine(string? value) => Write(value + NewLine);

    public override void Write(ReadOnlySpan<char> buffer)
    {
        var bytes = new byte[Encoding.GetByteCount(buffer)];
        Encoding.GetBytes(buffer, bytes);
        lock (_lock)
        {
            try
            {
                if (Failure is null)
                {
                    stream.Write(bytes);
                }
            }
            catch (Exception e) when (e is IOException or ZLayerException)
            {
                Failure = e;
            }
        }
    }
}
