using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Tests.Foundation.Text;

public sealed class CheckedJsonTests
{
    private static readonly DocumentError Error = (why, cause) => new ZLayerException(ZLayerErrorKind.InvalidManifest, why, cause);

    [Theory]
    [InlineData("""{"name":"a","unknown":"\ud800"}""", "a text is not valid Unicode (line 1, byte 23)")]
    [InlineData("""{"name":"a","\udfff":1}""", "a text is not valid Unicode (line 1, byte 13)")]
    [InlineData("""{"name":"a","count":1e400}""", "count has a value of another type or out of its range (line 1, byte 26)")]
    [InlineData("""{"name":"a","count":null}""", "count has a value of another type or out of its range (line 1, byte 25)")]
    [InlineData("""{"name":"a","made":"2024-02-30T00:00:00Z"}""", "made has a value of another type or out of its range (line 1, byte 42)")]
    [InlineData("""{"name":"a","made":"0001-01-01T00:00:00+14:00"}""", "made has a value of another type or out of its range (line 1, byte 47)")]
    [InlineData("""{"name":null}""", "name is null or missing")]
    [InlineData("""{"name":"a","list":["a",null]}""", "list[1] is null or missing")]
    [InlineData("""{"name":"a","parts":{"x":[null]}}""", "parts.x[0] is null or missing")]
    [InlineData("""{"name":"a","child":{"label":{}}}""", "child.label has a value of another type or out of its range (line 1, byte 31)")]
    [InlineData("{\"name\":\n\"a\" 1}", "'1' is invalid after a value. Expected either ',', '}', or ']' (line 2, byte 5)")]
    [InlineData("null", "the document is null")]
    [InlineData(" ", "the document is empty")]
    [InlineData("", "the document is empty")]
    public void A_document_that_is_not_as_its_record_says_is_refused_in_the_words_of_the_caller(string json, string why)
    {
        var error = Assert.Throws<ZLayerException>(() => Read(json));

        Assert.Equal(why, error.Message);
        Assert.False(CheckedJson.TryRead(Encoding.UTF8.GetBytes(json), CheckedJsonContext.Default.CheckedDocument, out _));
    }

    [Fact]
    public void What_is_null_or_absent_becomes_the_empty_value_where_the_record_is_not_nullable()
    {
        var read = Read("""{"name":"a","label":null,"list":null,"parts":{"x":null},"labels":{"y":null},"children":{"z":null}}""");

        Assert.Equal("", read.Label);
        Assert.Empty(read.List);
        Assert.Empty(read.Parts["x"]);
        Assert.Equal("", read.Labels["y"]);
        Assert.Equal("", read.Children["z"].Label);
        Assert.Equal("", read.Child.Label);
        Assert.Null(read.Optional);
    }

    [Fact]
    public void What_a_setter_puts_in_for_null_stays() => Assert.Equal("layers", Read("{\"name\":\"a\",\"kind\":null,\"list\":null}").Kind);

    [Fact]
    public void What_is_kept_unread_stays_as_it_was_where_something_is_filled_in()
        => Assert.Equal("{\"b\":null}", Read("{\"name\":\"a\",\"list\":null,\"x\":{\"b\":null}}").Extensions!["x"].GetRawText());

    [Fact]
    public void Of_two_members_of_one_name_the_last_one_counts() => Assert.Equal("b", Read("""{"name":"a","name":"b"}""").Name);

    [Fact]
    public void A_byte_order_mark_is_not_part_of_the_document() => Assert.Equal("a", Read("\uFEFF{\"name\":\"a\"}").Name);

    [Fact]
    public void Invalid_utf8_is_refused_also_in_members_that_are_kept_unread()
        => Assert.Throws<ZLayerException>(() => CheckedJson.Read(
            [.. "{\"name\":\"a\",\"x\":\""u8, 0xFF, .. "\"}"u8], CheckedJsonContext.Default.CheckedDocument, Error));

    [Theory]
    [InlineData("[")]
    [InlineData("{\"a\":")]
    public void Deep_nesting_is_refused_however_deep_it_is(string open)
    {
        var json = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, 200_000)));

        Assert.Throws<ZLayerException>(() => CheckedJson.Read(json, CheckedJsonContext.Default.CheckedDocument, Error));
        Assert.Throws<ZLayerException>(() => CheckedJson.ReadElement(json, Error));
        Assert.False(CheckedJson.TryReadElement(json, out _));
    }

    [Fact]
    public async Task No_more_than_the_limit_is_read_from_a_stream()
    {
        using var endless = new EndlessText();

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => CheckedJson.ReadAsync(endless, CheckedJsonContext.Default.CheckedDocument, Error, maximumSize: 100_000));

        Assert.Equal("it is larger than 97 KiB", error.Message);
        Assert.InRange(endless.Count, 100_000, 100_001);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task A_sequence_is_cut_into_its_documents_whatever_pieces_arrive(int piece)
    {
        var text = "{\"name\":\"a\"}{\"name\":\"b\"}\r\n\n" + "{\"name\":\"" + new string('x', 50_000) + "\"}  ";
        using var stream = new PiecewiseStream(Encoding.UTF8.GetBytes(text), piece);

        var names = new List<string>();
        await foreach (var document in CheckedJson.ReadSequenceAsync(stream, CheckedJsonContext.Default.CheckedDocument, Error))
        {
            names.Add(document.Name);
        }

        Assert.Equal(["a", "b", new string('x', 50_000)], names);
    }

    [Theory]
    [InlineData("{\"name\":\"a\"}{\"name\":")]
    [InlineData("{\"name\":\"a\"}]")]
    [InlineData("{\"name\":\"a\"} null")]
    [InlineData("{\"name\":\"a\"}{\"name\":[[[[[[[[[[")]
    public async Task A_sequence_that_breaks_gives_what_was_whole_and_then_fails(string text)
    {
        using var stream = new PiecewiseStream(Encoding.UTF8.GetBytes(text), 3);
        var count = 0;

        await Assert.ThrowsAsync<ZLayerException>(async () =>
        {
            await foreach (var document in CheckedJson.ReadSequenceAsync(stream, CheckedJsonContext.Default.CheckedDocument, Error))
            {
                count++;
            }
        });

        Assert.Equal(1, count);
    }

    [Fact]
    public async Task A_document_of_a_sequence_that_never_ends_is_given_up_at_the_limit()
    {
        using var endless = new EndlessText();

        await Assert.ThrowsAsync<ZLayerException>(async () =>
        {
            await foreach (var document in CheckedJson.ReadSequenceAsync(endless, CheckedJsonContext.Default.CheckedDocument, Error, 100_000))
            {
                Assert.Fail("There is no whole document.");
            }
        });

        Assert.InRange(endless.Count, 100_000, 400_000);
    }

    private static CheckedDocument Read(string json)
        => CheckedJson.Read(Encoding.UTF8.GetBytes(json), CheckedJsonContext.Default.CheckedDocument, Error);

    private sealed class EndlessText : MemoryStream
    {
        public long Count { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            buffer.Span.Fill((byte)'a');
            if (Count == 0)
            {
                buffer.Span[0] = (byte)'"';
            }

            Count += buffer.Length;
            return ValueTask.FromResult(buffer.Length);
        }
    }

    private sealed class PiecewiseStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}

internal sealed record CheckedDocument
{
    public required string Name { get; init; }

    public string Label { get; init; } = "";

    [AllowNull]
    public string Kind { get; init => field = value ?? "layers"; } = "layers";

    public string? Optional { get; init; }

    public int Count { get; init; }

    public DateTimeOffset? Made { get; init; }

    public IReadOnlyList<string> List { get; init; } = [];

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Parts { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, CheckedChild> Children { get; init; } = new Dictionary<string, CheckedChild>();

    public CheckedChild Child { get; init; } = new();

    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Extensions { get; set; }
}

internal sealed record CheckedChild
{
    public string Label { get; init; } = "";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CheckedDocument))]
internal sealed partial class CheckedJsonContext : JsonSerializerContext;
