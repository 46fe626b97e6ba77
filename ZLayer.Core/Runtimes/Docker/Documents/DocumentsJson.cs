using System.Text.Json.Serialization;

namespace ZLayer.Core.Runtimes.Docker.Documents;

/// <summary>The documents about images and containers. Members that are null are not written.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CreateDocument))]
[JsonSerializable(typeof(CreatedDocument))]
[JsonSerializable(typeof(UpdateDocument))]
internal sealed partial class DocumentsJson : JsonSerializerContext;
