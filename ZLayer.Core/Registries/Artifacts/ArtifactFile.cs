namespace ZLayer.Core.Registries.Artifacts;

/// <summary>A file of an artifact.</summary>
/// <param name="Path">Where it is, an absolute path.</param>
/// <param name="Name">Its name in the artifact, with slashes; null is the file's own.</param>
/// <param name="MediaType">Its type; null says nothing about it (<c>application/octet-stream</c>).</param>
public sealed record ArtifactFile(string Path, string? Name = null, string? MediaType = null);
