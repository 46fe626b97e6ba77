namespace ZLayer.Core.Registries.Configuration;

/// <summary>Which pulls ask a mirror (<c>pull-from-mirror</c>).</summary>
internal enum MirrorUse
{
    /// <summary>All.</summary>
    All,
    /// <summary>Those by digest: a stale mirror cannot give an old image then.</summary>
    DigestOnly,
    /// <summary>Those by tag.</summary>
    TagOnly,
}
