using System.Runtime.InteropServices;

namespace ZLayer.Core.Terminals;

/// <summary>
/// The standard output or error of the process, byte for byte and at once. Unlike the console streams it fails when nobody reads any more, so
/// that <c>zlayer logs --follow … | head</c> ends.
/// </summary>
public sealed class StandardStream : ForwardStream
{
    private const int BrokenPipe = 32;

    private readonly int _descriptor;

    private StandardStream(int descriptor) => _descriptor = descriptor;

    /// <summary>True for the failure of a write that nobody reads.</summary>
    public static bool IsBrokenPipe(Exception failure) => failure is IOException { HResult: BrokenPipe };

    /// <summary>The standard output.</summary>
    public static Stream OpenOutput() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardStream(1);

    /// <summary>The standard error.</summary>
    public static Stream OpenError() => OperatingSystem.IsWindows() ? Console.OpenStandardError() : new StandardStream(2);

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var written = TerminalNative.WriteSome(_descriptor, buffer);
            if (written < 0)
            {
                var error = Marshal.GetLastPInvokeError();
                throw new IOException($"Standard {(_descriptor == 1 ? "output" : "error")} cannot be written: {Marshal.GetPInvokeErrorMessage(error)}.", error);
            }

            buffer = buffer[written..];
        }
    }
}
