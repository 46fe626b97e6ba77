using System.Text.Json;
using System.Text.Json.Serialization;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>Reads null as the zero value, as Go does for every type. A member that may be null stays null.</summary>
internal abstract class NullIsZero<T> : JsonConverter<T>
    where T : struct
{
    public sealed override bool HandleNull => true;

    public sealed override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        => reader.TokenType == JsonTokenType.Null ? default : ReadValue(ref reader);

    protected abstract T ReadValue(ref Utf8JsonReader reader);
}

/// <inheritdoc/>
internal sealed class NullIsFalse : NullIsZero<bool>
{
    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteBooleanValue(value);

    protected override bool ReadValue(ref Utf8JsonReader reader) => reader.GetBoolean();
}

/// <inheritdoc/>
internal sealed class NullIsZeroInt32 : NullIsZero<int>
{
    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    protected override int ReadValue(ref Utf8JsonReader reader) => reader.GetInt32();
}

/// <inheritdoc/>
internal sealed class NullIsZeroInt64 : NullIsZero<long>
{
    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    protected override long ReadValue(ref Utf8JsonReader reader) => reader.GetInt64();
}

/// <inheritdoc/>
internal sealed class NullIsZeroUInt16 : NullIsZero<ushort>
{
    public override void Write(Utf8JsonWriter writer, ushort value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    protected override ushort ReadValue(ref Utf8JsonReader reader) => reader.GetUInt16();
}

/// <inheritdoc/>
internal sealed class NullIsZeroUInt32 : NullIsZero<uint>
{
    public override void Write(Utf8JsonWriter writer, uint value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    protected override uint ReadValue(ref Utf8JsonReader reader) => reader.GetUInt32();
}

/// <inheritdoc/>
internal sealed class NullIsZeroUInt64 : NullIsZero<ulong>
{
    public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    protected override ulong ReadValue(ref Utf8JsonReader reader) => reader.GetUInt64();
}

/// <summary>The year 1, which is how Go writes a time that is none.</summary>
internal sealed class NullIsNever : NullIsZero<DateTimeOffset>
{
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        => writer.WriteStringValue(value);

    protected override DateTimeOffset ReadValue(ref Utf8JsonReader reader) => reader.GetDateTimeOffset();
}
