namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// A connection that the engine handed over, for attach and exec: what is written goes to the process, what is read comes from it. The
/// header Content-Type tells the framing from API 1.42 on.
/// </summary>
internal sealed class UpgradedStream(HttpHead head, ConnectionReader reader, EnginePurpose purpose, DockerEndpoint endpoint)
    : EngineStream(purpose, endpoint)
{
    public override bool CanWrite => true;

    public override string? Header(string name) => head.Header(name);

    /// <summary>Says that no more input comes; output goes on.</summary>
    public async Task CloseWriteAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await reader.Connection.CloseWriteAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (EngineFailure.IsBroken(e))
        {
            // The process has ended and its connection with it: there is nobody left to tell.
        }
    }

    /// <summary>Sends input. A connection that the engine has closed, because the process ended, is RuntimeUnavailable too.</summary>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            await reader.Connection.WriteAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (EngineFailure.IsBroken(e))
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw Broken(e);
        }
    }

    protected override ValueTask<int> ReadBytesAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        => reader.ReadAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            reader.Connection.Dispose();
        }

        base.Dispose(disposing);
    }
}
