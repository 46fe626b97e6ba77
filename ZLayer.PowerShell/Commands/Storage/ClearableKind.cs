namespace ZLayer.PowerShell.Commands;

/// <summary>What Clear-ZLayerStorage clears.</summary>
public enum ClearableKind
{
    /// <summary>Images that have no name, and with -All those that nothing uses.</summary>
    Image,
    /// <summary>Containers that do not run.</summary>
    Container,
    /// <summary>Step cache records, cache mounts, and what is kept of sources.</summary>
    BuildCache,
    /// <summary>Extracted layers that nothing uses now.</summary>
    Layer,
    /// <summary>All of these.</summary>
    All,
}
