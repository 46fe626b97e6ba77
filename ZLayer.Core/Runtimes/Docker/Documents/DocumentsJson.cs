using System.Text.Json.Serialization;
using ZLayer.Core.Runtimes.Docker.Wire;

namespace ZLayer.Core.Runtimes.Docker.Documents;

/// <summary>The documents about images and containers. Members that are null are not written.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Converters =
    [typeof(NullIsFalse), typeof(NullIsZeroInt32), typeof(NullIsZeroInt64), typeof(NullIsZeroUInt16)])]
[JsonSerializable(typeof(CreateDocument))]
[JsonSerializable(typeof(CreatedDocument))]
[JsonSerializable(typeof(ConnectDocument))]
[JsonSerializable(typeof(UpdateDocument))]
[JsonSerializable(typeof(WarningsDocument))]
[JsonSerializable(typeof(ContainerDocument))]
[JsonSerializable(typeof(IReadOnlyList<ContainerSummaryDocument>))]
[JsonSerializable(typeof(WaitDocument))]
[JsonSerializable(typeof(TopDocument))]
[JsonSerializable(typeof(IReadOnlyList<ChangeDocument>))]
[JsonSerializable(typeof(CommittedDocument))]
[JsonSerializable(typeof(PrunedContainersDocument))]
[JsonSerializable(typeof(ImageDocument))]
[JsonSerializable(typeof(IReadOnlyList<ImageSummaryDocument>))]
[JsonSerializable(typeof(IReadOnlyList<ImageHistoryDocument>))]
[JsonSerializable(typeof(IReadOnlyList<RemovedImageDocument>))]
[JsonSerializable(typeof(PrunedImagesDocument))]
[JsonSerializable(typeof(IReadOnlyList<SearchDocument>))]
[JsonSerializable(typeof(DistributionDocument))]
[JsonSerializable(typeof(LoginDocument))]
[JsonSerializable(typeof(PlatformDocument))]
internal sealed partial class DocumentsJson : JsonSerializerContext;
