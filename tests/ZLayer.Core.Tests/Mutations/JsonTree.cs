using System.Text;
using System.Text.Json;

namespace ZLayer.Core.Tests.Mutations;

/// <summary>
/// A JSON document as a tree that may hold what no serialiser writes: two members of one name, halves of surrogate pairs, numbers without end.
/// </summary>
internal sealed class JsonTree
{
    private string? _text;

    /// <summary>The members, names as JSON text; null when this is no object.</summary>
    public List<(string Name, JsonTree Value)>? Members { get; private set; }

    /// <summary>The elements; null when this is no list.</summary>
    public List<JsonTree>? Items { get; private set; }

    public static JsonTree Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return Of(document.RootElement);
    }

    /// <summary>This node and all below it, from the top.</summary>
    public IReadOnlyList<JsonTree> All()
        => [this, .. (Members?.Select(member => member.Value) ?? Items ?? []).SelectMany(node => node.All())];

    /// <summary>Puts any text in the place of this node.</summary>
    public void Become(string text) => (_text, Members, Items) = (text, null, null);

    /// <summary>Puts this node into lists, one in the other.</summary>
    public void Wrap(int depth) => Become(new string('[', depth) + this + new string(']', depth));

    public override string ToString()
        => _text ?? (Members is not null
            ? "{" + string.Join(',', Members.Select(member => $"{member.Name}:{member.Value}")) + "}"
            : "[" + string.Join(',', Items!) + "]");

    private static JsonTree Of(JsonElement element)
    {
        var node = new JsonTree();
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                node.Members = [.. element.EnumerateObject().Select(member => (JsonSerializer.Serialize(member.Name), Of(member.Value)))];
                break;
            case JsonValueKind.Array:
                node.Items = [.. element.EnumerateArray().Select(Of)];
                break;
            default:
                node._text = element.GetRawText();
                break;
        }

        return node;
    }
}

/// <summary>A document that was valid once. Its text is what a failing test shows.</summary>
internal sealed record MutatedDocument(byte[] Bytes)
{
    public override string ToString()
    {
        var text = Encoding.UTF8.GetString(Bytes);
        return text.Length > 4_000 ? $"{text[..4_000]}… ({Bytes.Length} bytes)" : text;
    }
}
