using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// Reads an open file from its start, with one system call a read and nothing else: trees open tens of thousands of files.
/// </summary>
internal sealed unsafe class HostFileStream(int descriptor, string description) : ForwardStream
{
    private int _descriptor = descriptor;
    private long _position;

    public override bool CanRead => true;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        ObjectDisposedException.ThrowIf(_descriptor < 0, this);
        fixed (byte* start = buffer)
        {
            var count = SystemCalls.Read(_descriptor, start, (nuint)buffer.Length);
            if (count < 0)
            {
                throw SystemErrors.ToException($"Reading {description} failed", description, SystemCalls.LastError, isWrite: false);
            }

            _position += count;
            return (int)count;
        }
    }

    /// <summary>The value of an extended attribute of the open file; null when there is none.</summary>
    public byte[]? GetAttribute(string name) => HostScanner.GetAttribute(_descriptor, name);

    protected override void Dispose(bool disposing)
    {
        if (_descriptor >= 0)
        {
            LinuxFiles.Close(_descriptor);
            _descriptor = -1;
        }

        base.Dispose(disposing);
    }
}
