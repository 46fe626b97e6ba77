using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// Reads a blob. What the disk refuses is an error that names the blob, whoever reads: a compressor, an archive, a request to a registry.
/// It reads by position, because the class library's own reading does not come by a derived stream.
/// </summary>
internal sealed class BlobStream : FileStream
{
    private const int CopyBufferSize = 1 << 17;

    private readonly SafeFileHandle _file;
    private readonly Digest _digest;
    private readonly string _path;
    private long _position;

    /// <summary>Reads an open file.</summary>
    /// <param name="file">The file; it is closed with the stream.</param>
    /// <param name="digest">The blob, for errors.</param>
    /// <param name="path">Where it is, for errors.</param>
    public BlobStream(SafeFileHandle file, Digest digest, string path)
        : base(file, FileAccess.Read, bufferSize: 0)
    {
        _file = file;
        _digest = digest;
        _path = path;
    }

    public override bool CanSeek => true;

    public override long Length => Measure();

    public override long Position
    {
        get => _position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override int Read(Span<byte> buffer)
    {
        try
        {
            var count = RandomAccess.Read(_file, buffer, _position);
            _position += count;
            return count;
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw Failure(e);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int ReadByte()
    {
        Span<byte> one = stackalloc byte[1];
        return Read(one) == 0 ? -1 : one[0];
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var count = await RandomAccess.ReadAsync(_file, buffer, _position, cancellationToken).ConfigureAwait(false);
            _position += count;
            return count;
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw Failure(e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin)
    {
        var target = origin switch { SeekOrigin.Begin => offset, SeekOrigin.Current => _position + offset, _ => Length + offset };
        return target >= 0 ? _position = target : throw new IOException("An attempt was made to move before the beginning of the blob.");
    }

    public override void CopyTo(Stream destination, int bufferSize)
    {
        var buffer = new byte[CopyBufferSize];
        for (int count; (count = Read(buffer.AsSpan())) > 0;)
        {
            destination.Write(buffer, 0, count);
        }
    }

    public override async Task CopyToAsync(Stream destination, int bufferSize, CancellationToken cancellationToken)
    {
        var buffer = new byte[CopyBufferSize];
        for (int count; (count = await ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0;)
        {
            await destination.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
        }
    }

    private long Measure()
    {
        try
        {
            return RandomAccess.GetLength(_file);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw Failure(e);
        }
    }

    private ZLayerException Failure(Exception error) => StorageErrors.Reading($"read blob {_digest}", _path, error);
}
