namespace ZLayer.Core.Runtimes.Observation;

/// <summary>What happened to a file or directory.</summary>
public enum FileChangeKind
{
    /// <summary>Its content, metadata or, for a directory, something in it changed.</summary>
    Modified = 0,
    /// <summary>It is new.</summary>
    Added = 1,
    /// <summary>It is gone.</summary>
    Deleted = 2,
}
