namespace ZLayer.Core.Storage;

/// <summary>How RUN steps that use one cache mount at the same time share it.</summary>
public enum CacheMountSharing
{
    /// <summary>All use it together.</summary>
    Shared,
    /// <summary>Each gets one of its own while others use the first.</summary>
    Private,
    /// <summary>One at a time; others wait.</summary>
    Locked,
}
