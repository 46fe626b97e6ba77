using System.Text.Json.Serialization;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>The documents of commands, samples and paths in containers.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters =
    [typeof(NullIsFalse), typeof(NullIsZeroInt32), typeof(NullIsZeroInt64), typeof(NullIsZeroUInt32), typeof(NullIsZeroUInt64), typeof(NullIsNever)])]
[JsonSerializable(typeof(EngineContainer))]
[JsonSerializable(typeof(EngineExecCreation))]
[JsonSerializable(typeof(EngineExecStart))]
[JsonSerializable(typeof(EngineExec))]
[JsonSerializable(typeof(EnginePathStat))]
[JsonSerializable(typeof(EngineSample))]
internal sealed partial class StreamsJson : JsonSerializerContext;

/// <summary>Of a container, what tells how its output comes.</summary>
internal sealed record EngineContainer(EngineContainerConfig? Config);

/// <inheritdoc cref="EngineContainer"/>
internal sealed record EngineContainerConfig(bool Tty);
