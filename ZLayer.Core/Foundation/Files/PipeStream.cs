using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Foundation.Files;

/// <summary>
/// A pipe, terminal or other file that makes its readers and writers wait. Nothing here waits in the kernel where it could not be
/// cancelled: who never writes to a pipe, or never reads from it, keeps nobody. A wait ends when the token of the stream or of the call is
/// cancelled, and when another thread disposes the stream. Linux.
/// </summary>
internal sealed class PipeStream : ForwardStream
{
    // How long it takes at most until a cancellation is noticed, in milliseconds.
    private const int Patience = 50;

    // PIPE_BUF: what is ready for writing takes so much at least without waiting.
    private const int PipeBuffer = 4096;

    private const int DuplicateCloseOnExec = 1030;

    private readonly bool _forWriting;
    private readonly bool _mayWait;
    private readonly string _path;
    private readonly CancellationToken _cancellationToken;
    private readonly SafeFileHandle _descriptor;

    private PipeStream(int descriptor, string path, bool forWriting, bool mayWait, CancellationToken cancellationToken)
    {
        _descriptor = new SafeFileHandle(descriptor, ownsHandle: true);
        _path = path;
        _forWriting = forWriting;
        _mayWait = mayWait;
        _cancellationToken = cancellationToken;
    }

    public override bool CanRead => !_forWriting;

    public override bool CanWrite => _forWriting;

    /// <summary>Reads from what was opened without waiting; the descriptor is closed with the stream.</summary>
    public static PipeStream Reader(int descriptor, string path, CancellationToken cancellationToken)
        => new(descriptor, path, forWriting: false, mayWait: false, cancellationToken);

    /// <summary>
    /// Reads or writes through a descriptor that this process was given, and leaves that one open: the position is the caller's, too.
    /// </summary>
    /// <exception cref="IOException">The descriptor is not open.</exception>
    public static PipeStream OfProcess(int descriptor, string path, bool forWriting, CancellationToken cancellationToken)
    {
        var own = SystemCalls.Control(descriptor, DuplicateCloseOnExec, 0);
        return own < 0
            ? throw Failure(path)
            : new PipeStream(own, path, forWriting, mayWait: LinuxFiles.KindOf(own) != FileKind.Regular, cancellationToken);
    }

    /// <summary>Opens without waiting for anybody at the other end; negative on failure.</summary>
    public static int Open(string path, bool forWriting)
        => SystemCalls.Open(
            path,
            (forWriting ? LinuxFiles.OpenWriteOnly : LinuxFiles.OpenReadOnly)
                | LinuxFiles.OpenNonBlocking | LinuxFiles.OpenNoTerminal | LinuxFiles.OpenCloseOnExec);

    /// <summary>Opens a pipe for writing once somebody reads from it.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static PipeStream OpenWriter(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var descriptor = Open(path, forWriting: true);
            if (descriptor >= 0)
            {
                return new PipeStream(descriptor, path, forWriting: true, mayWait: false, cancellationToken);
            }

            if (SystemCalls.LastError != SystemErrors.NoSuchDeviceOrAddress)
            {
                throw Failure(path);
            }

            // Nobody reads yet, and no call waits for that but the one that cannot be ended.
            cancellationToken.WaitHandle.WaitOne(Patience);
        }
    }

    public override int Read(Span<byte> buffer) => Read(buffer, default);

    /// <summary>Reads; where nothing is there yet, another thread waits for it.</summary>
    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return IsReady(milliseconds: 0)
            ? ValueTask.FromResult(Read(buffer.Span, cancellationToken))
            : new ValueTask<int>(Task.Run(() => Read(buffer.Span, cancellationToken), cancellationToken));
    }

    public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer, default);

    /// <summary>Writes on another thread, which may have to wait.</summary>
    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        => new(Task.Run(() => Write(buffer.Span, cancellationToken), cancellationToken));

    protected override void Dispose(bool disposing)
    {
        // Closed once no call uses it any more, so that none gets at what took its number.
        _descriptor.Dispose();
        base.Dispose(disposing);
    }

    private static IOException Failure(string path)
    {
        var error = SystemCalls.LastError;
        return new IOException($"{SystemErrors.Describe(error)}: '{path}'", error);
    }

    private unsafe int Read(Span<byte> buffer, CancellationToken cancellationToken)
    {
        fixed (byte* start = buffer)
        {
            while (true)
            {
                WaitUntilReady(cancellationToken);
                if (SystemCalls.Read(_descriptor, start, (nuint)buffer.Length) is >= 0 and var count)
                {
                    return (int)count;
                }

                ThrowUnlessBusy();
            }
        }
    }

    private unsafe void Write(ReadOnlySpan<byte> buffer, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_descriptor.IsClosed, this);
        fixed (byte* start = buffer)
        {
            for (var written = 0; written < buffer.Length;)
            {
                WaitUntilReady(cancellationToken);
                var length = _mayWait ? Math.Min(PipeBuffer, buffer.Length - written) : buffer.Length - written;
                if (SystemCalls.Write(_descriptor, start + written, (nuint)length) is >= 0 and var count)
                {
                    written += (int)count;
                    continue;
                }

                ThrowUnlessBusy();
            }
        }
    }

    private void WaitUntilReady(CancellationToken cancellationToken)
    {
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            _cancellationToken.ThrowIfCancellationRequested();
        }
        while (!IsReady(Patience));
    }

    // Whether something can be read or written, or the other end is gone. A call that a signal interrupts was not ready.
    private unsafe bool IsReady(int milliseconds)
    {
        using var held = new HeldDescriptor(_descriptor);
        var poll = new SystemCalls.PollDescriptor
        {
            Descriptor = held.Number, Events = _forWriting ? SystemCalls.PollOut : SystemCalls.PollIn,
        };
        return SystemCalls.Poll(&poll, 1, milliseconds) > 0;
    }

    private void ThrowUnlessBusy()
    {
        if (SystemCalls.LastError is not (SystemErrors.TryAgain or SystemErrors.Interrupted))
        {
            throw Failure(_path);
        }
    }
}
