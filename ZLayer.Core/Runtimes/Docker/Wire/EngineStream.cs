using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>A stream that comes from the engine. A connection that breaks is RuntimeUnavailable, naming what it was for. Disposing closes the connection.</summary>
internal abstract class EngineStream(EnginePurpose purpose, DockerEndpoint endpoint) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>The status of the answer.</summary>
    public required System.Net.HttpStatusCode Status { get; init; }

    /// <summary>What the stream is for.</summary>
    public EnginePurpose Purpose => purpose;

    /// <summary>A header of the answer; null when it is not there.</summary>
    public abstract string? Header(string name);

    /// <summary>The error for an answer in the stream that does not follow the API.</summary>
    public ZLayerException Garbage(Exception? e = null) => EngineFailure.Garbage(purpose, endpoint, e);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await ReadBytesAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (EngineFailure.IsBroken(e))
        {
            // The connection is closed under a read that is cancelled.
            cancellationToken.ThrowIfCancellationRequested();
            throw Broken(e);
        }
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => ReadAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override void Write(byte[] buffer, int offset, int count) => WriteAsync(buffer.AsMemory(offset, count)).AsTask().GetAwaiter().GetResult();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected abstract ValueTask<int> ReadBytesAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    protected virtual ZLayerException Broken(Exception e) => EngineFailure.FromException(e, purpose, endpoint);
}
