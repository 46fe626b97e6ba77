using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Files;

/// <summary>
/// A pipe, terminal or other file that makes its readers and writers wait. Nothing here waits in the kernel where it could not be cancelled: who
/// never writes to a pipe, or never reads from it, keeps nobody. Linux.
/// </summary>
internal sealed class PipeStream : ForwardStream
{
    // How long it takes at most until a cancellation is noticed, in milliseconds.
    private const int Patience = 50;

    // PIPE_BUF: what is ready for writing takes so much at least without waiting.
    private const int PipeBuffer = 4096;

    private readonly bool _forWriting;
    private readonly bool _mayWait;
    private readonly string _path;
    private readonly CancellationToken _cancellationToken;
    private int _descriptor;

    private PipeStream(int descriptor, string path, bool forWriting, bool mayWait, CancellationToken cancellationToken)
    {
        _descriptor = descriptor;
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

    /// <summary>Reads or writes through a descriptor that this process was given, and leaves that one open: the position is the caller's, too.</summary>
    /// <exception cref="IOException">The descriptor is not open.</exception>
    public static PipeStream OfProcess(int descriptor, string path, bool forWriting, CancellationToken cancellationToken)
    {
        var own = FileNative.Duplicate(descriptor);
        return own < 0
            ? throw Failure(path)
            : new PipeStream(own, path, forWriting, mayWait: FileNative.KindOf(own) != FileKind.Regular, cancellationToken);
    }

    /// <summary>Opens a pipe for writing once somebody reads from it.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    public static PipeStream OpenWriter(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var descriptor = FileNative.Open(path, forWriting: true);
            if (descriptor >= 0)
            {
                return new PipeStream(descriptor, path, forWriting: true, mayWait: false, cancellationToken);
            }

            if (FileNative.LastError != FileNative.NoSuchDeviceOrAddress)
            {
                throw Failure(path);
            }

            // Nobody reads yet, and no call waits for that but the one that cannot be ended.
            cancellationToken.WaitHandle.WaitOne(Patience);
        }
    }

    public override unsafe int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_descriptor < 0, this);
        fixed (byte* start = buffer)
        {
            while (true)
            {
                WaitUntilReady();
                if (FileNative.Read(_descriptor, start, (nuint)buffer.Length) is >= 0 and var count)
                {
                    return (int)count;
                }

                ThrowUnlessBusy();
            }
        }
    }

    public override unsafe void Write(ReadOnlySpan<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_descriptor < 0, this);
        fixed (byte* start = buffer)
        {
            for (var written = 0; written < buffer.Length;)
            {
                WaitUntilReady();
                var length = _mayWait ? Math.Min(PipeBuffer, buffer.Length - written) : buffer.Length - written;
                if (FileNative.Write(_descriptor, start + written, (nuint)length) is >= 0 and var count)
                {
                    written += (int)count;
                    continue;
                }

                ThrowUnlessBusy();
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (_descriptor >= 0)
        {
            _ = FileNative.Close(_descriptor);
            _descriptor = -1;
        }

        base.Dispose(disposing);
    }

    private static IOException Failure(string path)
    {
        var error = FileNative.LastError;
        return new IOException($"{SystemErrors.Describe(error)}: '{path}'", error);
    }

    private void WaitUntilReady()
    {
        do
        {
            _cancellationToken.ThrowIfCancellationRequested();
        }
        while (!FileNative.IsReady(_descriptor, _forWriting, Patience));
    }

    private void ThrowUnlessBusy()
    {
        if (FileNative.LastError is not (SystemErrors.TryAgain or SystemErrors.Interrupted))
        {
            throw Failure(_path);
        }
    }
}
