namespace ZLayer.Core.Storage;

/// <summary>A cache mount in use; disposing it lets others have it.</summary>
public sealed class CacheMount : IDisposable
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

    /// <summary>True when the directory was made by this call and is empty: its owner, mode and first content are the caller's to set.</summary>
    public bool IsNew { get; }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();
}
