namespace ZLayer.Core.Storage;

/// <summary>Which images a collection removes.</summary>
public enum ImagePruning
{
    /// <summary>None; only content that nothing refers to.</summary>
    None,
    /// <summary>Images without a name.</summary>
    Dangling,
    /// <summary>All images that no container uses.</summary>
    All,
}
