using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>Reads a sequence of JSON documents, one after another or one a line, each as soon as it is complete.</summary>
internal static class EngineSequence
{
    /// <summary>
    /// The documents of a stream, which is not disposed. Each is at most as long as <see cref="CheckedJson.MaximumSequenceDocument"/>.
    /// </summary>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        EngineStream stream, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var sequence = new JsonSequence(CheckedJson.MaximumSequenceDocument);
        while (true)
        {
            while (Next(stream, sequence) is { } document)
            {
                if (!EngineText.IsNull(document.Span))
                {
                    yield return stream.Parse(EngineText.Mend(document), type, CheckedJson.MaximumSequenceDocument);
                }
            }

            if (sequence.IsAtEnd)
            {
                yield break;
            }

            sequence.Add(await stream.ReadAsync(sequence.Free(), cancellationToken).ConfigureAwait(false));
        }
    }

    private static ReadOnlyMemory<byte>? Next(EngineStream stream, JsonSequence sequence)
    {
        try
        {
            return sequence.Next();
        }
        catch (JsonException e)
        {
            throw stream.Unreadable(e);
        }
    }
}
