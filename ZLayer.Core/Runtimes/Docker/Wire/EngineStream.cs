using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>A stream that comes from the engine. A connection that breaks is RuntimeUnavailable, naming what it was for. Disposing closes the connection.</summary>
internal abstract class EngineStream(EnginePurpose purpose, DockerEndpoint endpoint) : AsyncForwardStream
{
    public override bool CanRead => true;

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

    protected abstract ValueTask<int> ReadBytesAsync(Memory<byte> buffer, CancellationToken cancellationToken);

    protected virtual ZLayerException Broken(Exception e) => EngineFailure.FromException(e, purpose, endpoint);
}
