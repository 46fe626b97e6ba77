namespace ZLayer.Core.Registries;

/// <summary>How a blob came to be in a repository.</summary>
public enum BlobUploadOutcome
{
    /// <summary>It was sent.</summary>
    Uploaded,
    /// <summary>The repository had it already.</summary>
    Exists,
    /// <summary>The registry took it over from another of its repositories.</summary>
    Mounted,
}
