using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>How a root file system becomes an image.</summary>
public sealed record RootFsImportOptions
{
    /// <summary>The name of the image; null leaves it without.</summary>
    public ImageReference? Tag { get; init; }

    /// <summary>The platform; null is this machine's.</summary>
    public Platform? Platform { get; init; }

    /// <summary>A remark in the history.</summary>
    public string? Comment { get; init; }

    /// <summary>Dockerfile instructions that change the config: <c>CMD ["sh"]</c>, <c>ENV A=b</c>.</summary>
    public IReadOnlyList<string> Changes { get; init => field = value.ToArray(); } = [];
}
