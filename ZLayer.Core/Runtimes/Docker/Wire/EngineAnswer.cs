namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>The body of an answer, read as it comes, and its headers.</summary>
internal sealed class EngineAnswer(HttpResponseMessage response, Stream body, EnginePurpose purpose, DockerEndpoint endpoint)
    : EngineStream(purpose, endpoint)
{
    public override string? Header(string name)
        => response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values)
            ? values.FirstOrDefault()
            : null;

    protected override ValueTask<int> ReadBytesAsync(Memory<byte> buffer, CancellationToken cancellationToken)
        => body.ReadAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            response.Dispose();
        }

        base.Dispose(disposing);
    }
}
