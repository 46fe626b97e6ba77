using ZLayer.Core.Oci;

namespace ZLayer.Core.Runtimes;

/// <summary>How an image is made of a root file system.</summary>
public sealed record ImageImportOptions
{
    /// <summary>A remark for the history.</summary>
    public string? Comment { get; init; }

    /// <summary>Dockerfile instructions that change the config.</summary>
    public IReadOnlyList<string> Changes { get; init => field = value.ToArray(); } = [];

    /// <summary>The platform; null is the runtime's own.</summary>
    public Platform? Platform { get; init; }
}
