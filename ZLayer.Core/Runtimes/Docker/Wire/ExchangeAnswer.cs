using System.Net;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>The body of an answer that comes while the request may still be under way. Disposing ends both.</summary>
internal sealed class ExchangeAnswer(HttpHead head, EngineExchange exchange, EnginePurpose purpose, DockerEndpoint endpoint)
    : EngineStream(purpose, endpoint)
{
    private readonly HttpBody _body = new(head, exchange.Reader);

    public override string? Header(string name) => head.Header(name);

    protected override async ValueTask<int> ReadBytesAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        if (head.Status is HttpStatusCode.NoContent or HttpStatusCode.NotModified)
        {
            return 0;
        }

        try
        {
            return await _body.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        catch (InvalidDataException e)
        {
            throw Unreadable(e);
        }
    }

    protected override ZLayerException Broken(Exception e) => exchange.SourceError(Purpose) ?? base.Broken(e);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            exchange.Dispose();
        }

        base.Dispose(disposing);
    }
}
