using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>Reads a sequence of JSON documents, one after another or one a line, each as soon as it is complete.</summary>
internal static class EngineSequence
{
    /// <summary>The documents of a stream, which is not disposed.</summary>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        EngineStream stream, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var documents = JsonSerializer.DeserializeAsyncEnumerable(stream, type, topLevelValues: true, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (documents.ConfigureAwait(false))
        {
            while (await MoveAsync(stream, documents).ConfigureAwait(false))
            {
                if (documents.Current is { } document)
                {
                    yield return document;
                }
            }
        }
    }

    private static async ValueTask<bool> MoveAsync<T>(EngineStream stream, IAsyncEnumerator<T?> documents)
    {
        try
        {
            return await documents.MoveNextAsync().ConfigureAwait(false);
        }
        catch (JsonException e)
        {
            throw stream.Garbage(e);
        }
    }
}
