using System.Text.Json.Serialization;

namespace ZLayer.Core.Builds.Solving;

[JsonSerializable(typeof(string[]))]
internal sealed partial class BuildJsonContext : JsonSerializerContext;
