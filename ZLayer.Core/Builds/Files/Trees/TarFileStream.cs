using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Builds.Files;

/// <summary>Reads at a position; several threads may at once.</summary>
internal delegate int PositionalReader(long position, Span<byte> buffer);

/// <summary>Reads one file where it lies in a tar file; several may read at once.</summary>
internal sealed class TarFileStream(PositionalReader tar, long offset, long length, string description) : ForwardStream
{
    private long _position;

    public override bool CanRead => true;

    public override long Length => length;

    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        var wanted = (int)Math.Min(buffer.Length, length - _position);
        if (wanted == 0)
        {
            return 0;
        }

        try
        {
            var count = tar(offset + _position, buffer[..wanted]);
            _position += count;
            return count;
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"Reading {description} failed", description, e, isWrite: false);
        }
    }
}
