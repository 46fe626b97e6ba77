using ZLayer.Core.Oci;

namespace ZLayer.Core.Runtimes.Transfers;

/// <summary>Images that a runtime took.</summary>
/// <param name="Targets">What was sent of each image: the manifest of one platform.</param>
/// <param name="References">How the runtime calls them: names, ids of those without a name.</param>
/// <param name="Bytes">The bytes that were sent.</param>
public sealed record SentImages(IReadOnlyList<Descriptor> Targets, IReadOnlyList<string> References, long Bytes)
{
    /// <summary>What was sent of each image: the manifest of one platform.</summary>
    public IReadOnlyList<Descriptor> Targets { get; init => field = value.ToArray(); } = Targets.ToArray();

    /// <summary>How the runtime calls them: names, ids of those without a name.</summary>
    public IReadOnlyList<string> References { get; init => field = value.ToArray(); } = References.ToArray();
}
