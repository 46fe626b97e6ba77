namespace ZLayer.PowerShell.Commands;

/// <summary>When a registry is asked for an image, in the words that users of container tools know.</summary>
public enum ImagePullPolicy
{
    /// <summary>Only when the store does not hold the image. <c>Missing</c> is understood too.</summary>
    IfNotPresent,
    /// <summary>When the registry has another image than the store.</summary>
    Newer,
    /// <summary>Every time; blobs that the store holds are not fetched again.</summary>
    Always,
    /// <summary>Never; an image that the store does not hold is an error.</summary>
    Never,
}
