using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Text;

/// <summary>The error that a document which cannot be read ends in: each room has its own kind, subject and advice.</summary>
/// <param name="why">What is wrong with the document, a clause without a full stop: <c>layers[0] is null</c>.</param>
/// <param name="cause">What the reader threw, where there is one.</param>
internal delegate ZLayerException DocumentError(string why, Exception? cause);

/// <summary>
/// The one way from bytes that somebody else wrote (a registry, an engine, an archive, a file of the user) to a record. What is not as its
/// record says ends in the caller's <see cref="ZLayerException"/>, never in another exception, and no record comes out that breaks its own
/// promises:
/// <list type="bullet">
/// <item>At most <c>maximumSize</c> bytes are looked at, and read from a stream; at most <see cref="MaximumDepth"/> levels.</item>
/// <item>Every text and name is valid: no lone surrogates, no invalid UTF-8, also in members that are kept unread
/// (<see cref="JsonElement"/>).</item>
/// <item>Numbers and times that their type cannot hold are refused.</item>
/// <item>A member whose type is not nullable is not null, be it null or absent in the document. As in Go, where the empty value and null
/// are written alike, a list, dictionary, text or object becomes the empty one; what is <c>required</c>, or a parameter of the constructor,
/// is refused, except for lists and dictionaries. (Initializers of <c>init</c> members do not count: generated readers overwrite them. A
/// default other than the empty value belongs into the setter: <c>init => field = value ?? "layers"</c>.)</item>
/// <item>No element of a list is null; a null value of a dictionary becomes the empty value or is refused.</item>
/// <item>Of two members of one name, the last one counts, as in Go.</item>
/// </list>
/// What only the room knows (sizes that are not negative, digests that are there) it checks afterwards.
/// </summary>
internal static class CheckedJson
{
    /// <summary>The largest document where the caller says nothing else: 16 MiB.</summary>
    public const int MaximumSize = 16 * 1024 * 1024;

    /// <summary>How deep a document may be nested.</summary>
    public const int MaximumDepth = 64;

    /// <summary>The largest document of a sequence where the caller says nothing else: 4 MiB.</summary>
    public const int MaximumSequenceDocument = 4 * 1024 * 1024;

    private const int MaximumRounds = 8;
    private const int FirstBuffer = 16 * 1024;

    /// <summary>Reads a record.</summary>
    /// <param name="json">The document.</param>
    /// <param name="type">How the record is read; its options say whether comments and trailing commas are allowed.</param>
    /// <param name="error">What is thrown where it cannot be read.</param>
    /// <param name="maximumSize">The largest document, in bytes.</param>
    /// <exception cref="ZLayerException">What <paramref name="error"/> makes.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, DocumentError error, int maximumSize = MaximumSize)
        => TryRead(json, type, maximumSize, out var value, out var fault) ? value : throw error(fault.Why, fault.Cause);

    /// <summary>Reads a record that is only a convenience, such as one of a cache: false when it is damaged.</summary>
    public static bool TryRead<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, [NotNullWhen(true)] out T? value)
        => TryRead(json, type, MaximumSize, out value, out _);

    /// <summary>Reads a document of which single members are looked at. The rules for texts, size and depth hold; nulls stay.</summary>
    /// <param name="json">The document.</param>
    /// <param name="error">What is thrown where it cannot be read.</param>
    /// <param name="options">Whether comments and trailing commas are allowed.</param>
    /// <param name="maximumSize">The largest document, in bytes.</param>
    public static JsonElement ReadElement(
        ReadOnlySpan<byte> json, DocumentError error, JsonReaderOptions options = default, int maximumSize = MaximumSize)
    {
        try
        {
            options.MaxDepth = MaximumDepth;
            var text = JsonText.Check(json, options, maximumSize);
            var reader = new Utf8JsonReader(text, options);
            return JsonElement.ParseValue(ref reader);
        }
        catch (Exception e) when (IsOfDocument(e))
        {
            throw error(JsonText.Explain(e), e);
        }
    }

    /// <summary>As <see cref="ReadElement"/>, for what may be anything: false when it is not JSON.</summary>
    public static bool TryReadElement(ReadOnlySpan<byte> json, out JsonElement element)
    {
        try
        {
            element = ReadElement(json, static (why, cause) => new ZLayerException(ZLayerErrorKind.InvalidManifest, why, cause));
            return true;
        }
        catch (ZLayerException)
        {
            element = default;
            return false;
        }
    }

    /// <summary>Reads a record from a stream, to the stream's end or to the limit. What the stream throws passes through.</summary>
    public static async Task<T> ReadAsync<T>(
        Stream stream, JsonTypeInfo<T> type, DocumentError error, int maximumSize = MaximumSize, CancellationToken cancellationToken = default)
    {
        // One byte more than is allowed tells that there is more.
        var buffer = new byte[Math.Min(FirstBuffer, maximumSize + 1)];
        var length = 0;
        while (true)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellationToken).ConfigureAwait(false);
            length += read;
            if (read == 0 || length > maximumSize)
            {
                return Read(buffer.AsSpan(0, length), type, error, maximumSize);
            }

            if (length == buffer.Length)
            {
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, maximumSize + 1L));
            }
        }
    }

    /// <summary>
    /// Reads records that follow one another in a stream, with or without white space between them, each as soon as it is complete. The
    /// limit is for each of them. What the stream throws passes through.
    /// </summary>
    public static async IAsyncEnumerable<T> ReadSequenceAsync<T>(
        Stream stream,
        JsonTypeInfo<T> type,
        DocumentError error,
        int maximumSize = MaximumSequenceDocument,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var sequence = new JsonSequence(maximumSize);
        while (true)
        {
            while (NextOf(sequence, error) is { } document)
            {
                yield return Read(document.Span, type, error, maximumSize);
            }

            if (sequence.IsAtEnd)
            {
                yield break;
            }

            var read = await stream.ReadAsync(sequence.Free(), cancellationToken).ConfigureAwait(false);
            sequence.Add(read);
        }
    }

    private static ReadOnlyMemory<byte>? NextOf(JsonSequence sequence, DocumentError error)
    {
        try
        {
            return sequence.Next();
        }
        catch (JsonException e)
        {
            throw error(JsonText.Explain(e), e);
        }
    }

    private static bool TryRead<T>(
        ReadOnlySpan<byte> json, JsonTypeInfo<T> type, int maximumSize, [NotNullWhen(true)] out T? value, out (string Why, Exception? Cause) fault)
    {
        fault = default;
        value = default;
        try
        {
            var options = ReaderOptions(type.Options);
            var text = JsonText.Check(json, options, maximumSize);
            value = JsonSerializer.Deserialize(text, type) ?? throw new JsonException("the document is null");
            // The empty object that stands in for one may itself lack something.
            for (var round = 0; JsonNulls.Complete(value, type, text, options) is { } completed; round++)
            {
                text = round < MaximumRounds ? completed.Span : throw new JsonException("too much is missing");
                value = JsonSerializer.Deserialize(text, type)!;
            }

            return true;
        }
        catch (Exception e) when (IsOfDocument(e))
        {
            value = default;
            fault = (JsonText.Explain(e), e);
            return false;
        }
    }

    // Converters, and setters of records, throw what their parsers throw. NotSupported is what the serialiser says where metadata of a
    // polymorphic type is odd.
    private static bool IsOfDocument(Exception e)
        => e is JsonException or InvalidOperationException or NotSupportedException or FormatException or OverflowException or ArgumentException;

    private static JsonReaderOptions ReaderOptions(JsonSerializerOptions options) => new()
    {
        AllowTrailingCommas = options.AllowTrailingCommas,
        CommentHandling = options.ReadCommentHandling,
        MaxDepth = MaximumDepth,
    };
}
