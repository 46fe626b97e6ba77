using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace ZLayer.Core.Terminals;

/// <summary>Reads a descriptor; a pipe of its own wakes the reader.</summary>
internal sealed class UnixInput : LocalInput
{
    private const int InputOutputError = 5;

    private readonly int _descriptor;
    private readonly AnonymousPipeServerStream _wake = new(PipeDirection.Out);
    private readonly AnonymousPipeClientStream _woken;
    private readonly int _wokenDescriptor;
    private volatile bool _isCancelled;

    public UnixInput(int descriptor)
    {
        _descriptor = descriptor;
        _woken = new AnonymousPipeClientStream(PipeDirection.In, _wake.ClientSafePipeHandle);
        _wokenDescriptor = (int)_woken.SafePipeHandle.DangerousGetHandle();
    }

    public override int Read(Span<byte> buffer)
    {
        var (_, isWoken) = TerminalNative.WaitReadable(_descriptor, _wokenDescriptor);
        if (isWoken || _isCancelled)
        {
            return 0;
        }

        var read = TerminalNative.ReadSome(_descriptor, buffer);
        if (read >= 0)
        {
            return read;
        }

        var error = Marshal.GetLastPInvokeError();

        // A terminal whose window was closed answers EIO: that is its end.
        return error == InputOutputError
            ? 0
            : throw new IOException($"Standard input cannot be read: {Marshal.GetPInvokeErrorMessage(error)}.");
    }

    public override void Cancel()
    {
        if (!_isCancelled)
        {
            _isCancelled = true;
            _wake.WriteByte(0);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _woken.Dispose();
            _wake.Dispose();
        }

        base.Dispose(disposing);
    }
}
