using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Terminals;

/// <summary>
/// The standard output or error of the process, byte for byte and at once. Unlike the console streams it fails when nobody reads any more,
/// so that <c>zlayer logs --follow … | head</c> ends.
/// </summary>
public sealed class StandardStream : ForwardStream
{
    private readonly int _descriptor;

    private StandardStream(int descriptor) => _descriptor = descriptor;

    /// <summary>True for the failure of a write that nobody reads.</summary>
    public static bool IsBrokenPipe(Exception failure) => failure is IOException { HResult: SystemErrors.BrokenPipe };

    /// <summary>The standard output.</summary>
    public static Stream OpenOutput() => OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : new StandardStream(1);

    /// <summary>The standard error.</summary>
    public static Stream OpenError() => OperatingSystem.IsWindows() ? Console.OpenStandardError() : new StandardStream(2);

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    /// <exception cref="IOException">Nobody reads: <see cref="IsBrokenPipe"/>.</exception>
    /// <exception cref="ZLayerException">StorageFull or StorageWriteFailed.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            var written = TerminalNative.WriteSome(_descriptor, buffer);
            if (written < 0)
            {
                throw Failure(SystemCalls.LastError);
            }

            buffer = buffer[written..];
        }
    }

    // Not an IOException but for the one that ends a program quietly: whoever copies something here would take it for a failure of the
    // source.
    private Exception Failure(int error)
    {
        var name = _descriptor == 1 ? "standard output" : "standard error";
        var message = $"Writing {name}: {SystemErrors.Describe(error)}.";
        return error == SystemErrors.BrokenPipe
            ? new IOException(message, error)
            : new ZLayerException(SystemErrors.IsFull(error) ? ZLayerErrorKind.StorageFull : ZLayerErrorKind.StorageWriteFailed, message)
            {
                Subject = name,
            };
    }
}
