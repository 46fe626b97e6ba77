namespace ZLayer.Core.Builds.Files;

/// <summary>The files that a COPY read, each with a digest of content and metadata: enough to say later what changed. One small file.</summary>
public sealed class CopyManifest
{
    /// <summary>Reads a manifest that <see cref="Save"/> wrote.</summary>
    /// <returns>The manifest; null when there is none or it is damaged.</returns>
    public static CopyManifest? Load(string path) => throw new NotImplementedException();

    /// <summary>Writes the manifest, atomically.</summary>
    public void Save(string path) => throw new NotImplementedException();

    /// <summary>Says what changed since an earlier manifest in at most three names: <c>package.json: content changed, added src/x.ts, and 12 more changes</c>.</summary>
    /// <returns>The text; null when nothing changed.</returns>
    public string? ExplainChanges(CopyManifest earlier) => throw new NotImplementedException();
}
