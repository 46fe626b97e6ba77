using System.Text.Json.Serialization;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>The documents that the client itself reads and writes.</summary>
[JsonSourceGenerationOptions(Converters =
    [typeof(NullIsFalse), typeof(NullIsZeroInt32), typeof(NullIsZeroInt64)])]
[JsonSerializable(typeof(EngineMessage))]
[JsonSerializable(typeof(EngineErrorAnswer))]
[JsonSerializable(typeof(EngineVersion))]
[JsonSerializable(typeof(EngineMachine))]
[JsonSerializable(typeof(EngineEvent))]
[JsonSerializable(typeof(Dictionary<string, IReadOnlyList<string>>))]
internal sealed partial class EngineJson : JsonSerializerContext;
