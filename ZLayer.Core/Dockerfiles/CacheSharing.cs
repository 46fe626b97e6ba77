namespace ZLayer.Core.Dockerfiles;

/// <summary>How steps that run at once share a cache mount.</summary>
public enum CacheSharing
{
    /// <summary>All writers use it at once.</summary>
    Shared = 0,
    /// <summary>Each further writer gets a cache of its own.</summary>
    Private,
    /// <summary>One writer at a time.</summary>
    Locked,
}
