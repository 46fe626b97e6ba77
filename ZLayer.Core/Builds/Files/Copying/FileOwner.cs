namespace ZLayer.Core.Builds.Files;

/// <summary>A numeric owner and group.</summary>
/// <param name="Uid">The owner.</param>
/// <param name="Gid">The group.</param>
internal readonly record struct FileOwner(long Uid, long Gid)
{
    /// <summary>0:0.</summary>
    public static FileOwner Root => default;
}
