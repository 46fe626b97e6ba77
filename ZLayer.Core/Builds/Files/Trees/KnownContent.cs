using ZLayer.Core.Oci;
namespace ZLayer.Core.Builds.Files;

/// <summary>What is known of a regular file without reading it.</summary>
/// <param name="Hash">The sha256 of the content.</param>
/// <param name="HasAttributes">True when the file has extended attributes that a layer keeps.</param>
internal readonly record struct KnownContent(Sha256Value Hash, bool HasAttributes);
