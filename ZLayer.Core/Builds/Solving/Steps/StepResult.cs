using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Solving;

/// <summary>What a step that may make a layer came to.</summary>
/// <param name="DiffIds">The layers it made: none when it changed nothing.</param>
/// <param name="Created">The newest time in them.</param>
/// <param name="Cached">Whether it was taken from the step cache.</param>
/// <param name="Reason">Why it was a hit or a miss.</param>
internal sealed record StepResult(IReadOnlyList<Digest> DiffIds, DateTimeOffset Created, bool Cached, string Reason);

/// <summary>What executing a step made.</summary>
/// <param name="DiffIds">The layers: none when it changed nothing.</param>
/// <param name="Created">The newest time in them.</param>
internal sealed record StepProduct(IReadOnlyList<Digest> DiffIds, DateTimeOffset Created);
