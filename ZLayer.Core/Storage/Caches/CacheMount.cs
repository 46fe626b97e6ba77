namespace ZLayer.Core.Storage;

/// <summary>A cache mount in use; disposing it lets others have it.</summary>
internal sealed class CacheMount : IDisposable
{
    private readonly IDisposable _held;

    internal CacheMount(string id, string directory, bool isNew, IDisposable held)
    {
        Id = id;
        Directory = directory;
        IsNew = isNew;
        _held = held;
    }

    /// <summary>The mount's id.</summary>
    public string Id { get; }

    /// <summary>The directory to mount; its content stays from step to step and from build to build.</summary>
    public string Directory { get; }

    /// <summary>True when the directory was made, and filled, by this call.</summary>
    public bool IsNew { get; }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();
}

/// <summary>How RUN steps that use one cache mount at the same time share it.</summary>
internal enum CacheMountSharing
{
    /// <summary>All use it together.</summary>
    Shared,
    /// <summary>Each gets one of its own while others use the first.</summary>
    Private,
    /// <summary>One at a time; others wait.</summary>
    Locked,
}
