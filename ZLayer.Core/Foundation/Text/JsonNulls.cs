using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ZLayer.Core.Foundation.Text;

/// <summary>
/// Finds what is null in a record that was read although the record promises a value, and says which empty value stands in; see
/// <see cref="CheckedJson"/> for the rules. What came out is looked at, not the document: setters may have put a value in already.
/// </summary>
internal sealed class JsonNulls
{
    // Where the walk is. Null is the place of an element.
    private readonly List<(string? Name, int Position)> _path = [];
    private readonly Gap _root = new();
    private bool _isWhole = true;

    private JsonNulls()
    {
    }

    /// <summary>The document with the empty values that it lacks; null when nothing is missing.</summary>
    /// <param name="value">What was read.</param>
    /// <param name="type">How it was read.</param>
    /// <param name="json">What it was read from.</param>
    /// <param name="options">How the document is read.</param>
    /// <exception cref="JsonException">Something is null that has no empty value.</exception>
    public static ReadOnlyMemory<byte>? Complete(object value, JsonTypeInfo type, ReadOnlySpan<byte> json, JsonReaderOptions options)
    {
        var nulls = new JsonNulls();
        nulls.Walk(value, Shape.Of(type));
        if (nulls._isWhole)
        {
            return null;
        }

        var reader = new Utf8JsonReader(json, options);
        var document = JsonElement.ParseValue(ref reader);
        var buffer = new ArrayBufferWriter<byte>(json.Length + 1024);
        using (var writer = new Utf8JsonWriter(
            buffer, new JsonWriterOptions { SkipValidation = true, MaxDepth = CheckedJson.MaximumDepth + 1 }))
        {
            nulls._root.Write(writer, document);
        }

        return buffer.WrittenMemory;
    }

    private void Walk(object value, Shape shape)
    {
        switch (shape.Kind)
        {
            case JsonTypeInfoKind.Object:
                WalkMembers(value, shape);
                break;
            case JsonTypeInfoKind.Enumerable when shape.Element is { } element && value is IEnumerable items:
                WalkItems(items, element);
                break;
            case JsonTypeInfoKind.Dictionary when shape.Element is { } element && value is IDictionary entries:
                WalkEntries(entries, element);
                break;
            default:
                break; // A value that converters make is whole, or was refused by them.
        }
    }

    private void WalkMembers(object value, Shape shape)
    {
        foreach (var member in shape.Members)
        {
            _path.Add((member.Name, 0));
            var current = member.Get(value);
            if (current is not null && member.Shape.IsWalked)
            {
                Walk(current, member.Shape);
            }
            else if (current is null && !member.IsNullable)
            {
                Fill(member.Shape, member.IsRequired);
            }

            _path.RemoveAt(_path.Count - 1);
        }
    }

    private void WalkItems(IEnumerable items, Shape element)
    {
        var position = 0;
        foreach (var item in items)
        {
            _path.Add((null, position++));
            if (item is not null && element.IsWalked)
            {
                Walk(item, element);
            }
            else if (item is null && !element.IsValue)
            {
                throw Null();
            }

            _path.RemoveAt(_path.Count - 1);
        }
    }

    private void WalkEntries(IDictionary entries, Shape element)
    {
        foreach (DictionaryEntry entry in entries)
        {
            _path.Add((Convert.ToString(entry.Key, CultureInfo.InvariantCulture), 0));
            if (entry.Value is not null && element.IsWalked)
            {
                Walk(entry.Value, element);
            }
            else if (entry.Value is null && !element.IsValue)
            {
                Fill(element, isRequired: false);
            }

            _path.RemoveAt(_path.Count - 1);
        }
    }

    private void Fill(Shape shape, bool isRequired)
    {
        var gap = _root;
        foreach (var step in _path)
        {
            gap = gap.Below(step);
        }

        gap.Text = shape.Kind switch
        {
            JsonTypeInfoKind.Enumerable => "[]",
            JsonTypeInfoKind.Dictionary => "{}",
            JsonTypeInfoKind.Object when !isRequired => "{}",
            _ => shape.IsText && !isRequired ? "\"\"" : throw Null(),
        };
        _isWhole = false;
    }

    private JsonException Null()
    {
        var path = new StringBuilder();
        foreach (var (name, position) in _path)
        {
            _ = name is null
                ? path.Append(CultureInfo.InvariantCulture, $"[{position}]")
                : path.Append(path.Length == 0 ? "" : ".").Append(name);
        }

        return new JsonException($"{JsonText.Shorten(path.ToString())} is null or missing");
    }

    /// <summary>A place in the document, and what is missing there or below.</summary>
    private sealed class Gap
    {
        private readonly Dictionary<(string? Name, int Position), Gap> _below = [];

        public string? Text { get; set; }

        public Gap Below((string? Name, int Position) step)
            => _below.TryGetValue(step, out var gap) ? gap : _below[step] = new Gap();

        public void Write(Utf8JsonWriter writer, JsonElement element)
        {
            if (Text is not null)
            {
                writer.WriteRawValue(Text);
            }
            else if (element.ValueKind == JsonValueKind.Object)
            {
                WriteObject(writer, element);
            }
            else if (element.ValueKind == JsonValueKind.Array)
            {
                writer.WriteStartArray();
                var position = 0;
                foreach (var item in element.EnumerateArray())
                {
                    Write(writer, (null, position++), item);
                }

                writer.WriteEndArray();
            }
            else
            {
                element.WriteTo(writer);
            }
        }

        // What is missing comes last: where the document has the member as null, maybe in other case, the last one counts.
        private void WriteObject(Utf8JsonWriter writer, JsonElement element)
        {
            writer.WriteStartObject();
            foreach (var member in element.EnumerateObject())
            {
                writer.WritePropertyName(member.Name);
                Write(writer, (member.Name, 0), member.Value);
            }

            foreach (var (step, gap) in _below)
            {
                if (gap.Text is { } text)
                {
                    writer.WritePropertyName(step.Name!);
                    writer.WriteRawValue(text);
                }
            }

            writer.WriteEndObject();
        }

        private void Write(Utf8JsonWriter writer, (string? Name, int Position) step, JsonElement element)
        {
            if (_below.TryGetValue(step, out var gap))
            {
                gap.Write(writer, element);
            }
            else
            {
                element.WriteTo(writer);
            }
        }
    }

    private sealed record Member(string Name, bool IsNullable, bool IsRequired, Shape Shape, Func<object, object?> Get);

    private sealed class Shape(JsonTypeInfo? info, Type type)
    {
        // Asking a type for its members is slow; the answer never changes.
        private static readonly ConditionalWeakTable<JsonTypeInfo, Shape> Known = [];

        private Shape? _element;
        private IReadOnlyList<Member>? _members;

        public JsonTypeInfoKind Kind => info?.Kind ?? JsonTypeInfoKind.None;

        public bool IsText => type == typeof(string);

        // A struct is never null; a Nullable<T> says itself that it may be.
        public bool IsValue => type.IsValueType;

        public bool IsWalked => Kind != JsonTypeInfoKind.None;

        public Shape? Element => info?.ElementType is { } element ? _element ??= Of(element, info.Options) : null;

        public IReadOnlyList<Member> Members => _members ??= [.. info!.Properties
            .Where(p => p is { Get: not null, Set: not null, IsExtensionData: false })
            .Select(p => new Member(
                p.Name, p.IsGetNullable || p.PropertyType.IsValueType, IsRequired(p), Of(p.PropertyType, info.Options), p.Get!))];

        public static Shape Of(JsonTypeInfo info) => Known.GetValue(info, static i => new Shape(i, i.Type));

        // So is a parameter of the constructor, which the compiler asks everybody else for.
        private static bool IsRequired(JsonPropertyInfo property)
            => property.IsRequired || property.AssociatedParameter is { IsMemberInitializer: false, HasDefaultValue: false };

        private static Shape Of(Type type, JsonSerializerOptions options)
            => options.TryGetTypeInfo(type, out var info) ? Of(info) : new Shape(null, type);
    }
}
