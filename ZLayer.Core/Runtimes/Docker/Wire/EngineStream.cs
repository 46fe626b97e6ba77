using System.Text.Json.Serialization.Metadata;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// A stream that comes from the engine. A connection that breaks is RuntimeUnavailable, naming what it was for. Disposing closes the
/// connection.
/// </summary>
internal abstract class EngineStream(EnginePurpose purpose, DockerEndpoint endpoint) : AsyncForwardStream
{
    // A list of 20,000 containers has half of it.
    private const int MaximumDocument = 64 * 1024 * 1024;
    private const int FirstBuffer = 16 * 1024;
    private const int LongestSkip = 64 * 1024;

    public override bool CanRead => true;

    /// <summary>The status of the answer.</summary>
    public required System.Net.HttpStatusCode Status { get; init; }

    /// <summary>What the stream is for.</summary>
    public EnginePurpose Purpose => purpose;

    /// <summary>A header of the answer; null when it is not there.</summary>
    public abstract string? Header(string name);

    /// <summary>The error for an answer in the stream that does not follow the API.</summary>
    public ZLayerException Unreadable(Exception? e = null) => EngineFailure.Unreadable(purpose, endpoint, e);

    /// <summary>The one way from the bytes of an answer to a record.</summary>
    /// <param name="json">The document, mended.</param>
    /// <param name="type">The record.</param>
    /// <param name="maximumSize">The largest document.</param>
    /// <exception cref="ZLayerException">RuntimeError when the document is not as its record says.</exception>
    public T Parse<T>(ReadOnlyMemory<byte> json, JsonTypeInfo<T> type, int maximumSize = MaximumDocument)
        => CheckedJson.Read(json.Span, type, (why, e) => EngineFailure.Unreadable(purpose, endpoint, why, e), maximumSize);

    /// <summary>Reads the answer to its end and mends its JSON.</summary>
    /// <exception cref="ZLayerException">RuntimeError when it is longer than any that is wanted.</exception>
    public async Task<ReadOnlyMemory<byte>> ReadJsonAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[FirstBuffer];
        var length = 0;
        while (await ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            length += count;
            if (length > MaximumDocument)
            {
                throw EngineFailure.Unreadable(purpose, endpoint, $"it is longer than {MaximumDocument / (1024 * 1024)} MiB");
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, Math.Min(buffer.Length * 2, MaximumDocument + 1));
            }
        }

        return EngineText.Mend(buffer.AsMemory(0, length));
    }

    /// <summary>
    /// Reads over an answer that has nothing to say, so that its connection can be used again. One that goes on and on is left.
    /// </summary>
    public async Task SkipAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[4096];
        var skipped = 0;
        while (skipped < LongestSkip && await ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is > 0 and var count)
        {
            skipped += count;
        }
    }

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
