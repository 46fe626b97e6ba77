using ZLayer.Core.Oci;

namespace ZLayer.Core.Runtimes;

/// <summary>What a pull reports: <see cref="PullStatus"/> or <see cref="PullDone"/>.</summary>
public abstract record PullProgress;

/// <summary>How far one part of a pull is.</summary>
/// <param name="Id">The layer; null for the image as a whole.</param>
/// <param name="Status">What is done: <c>Downloading</c>, <c>Extracting</c>, <c>Pull complete</c>.</param>
/// <param name="Current">Bytes so far.</param>
/// <param name="Total">All bytes; null when unknown.</param>
public sealed record PullStatus(string? Id, string Status, long? Current = null, long? Total = null) : PullProgress
{
    /// <summary>A line for people: <c>3ee2e7cb96a9: Downloading 512 of 2048 bytes</c>.</summary>
    public override string ToString() => $"{(Id is null ? "" : $"{Id}: ")}{Status}{Registries.TransferProgress.Bytes(Current, Total)}";
}

/// <summary>The pull succeeded.</summary>
/// <param name="Reference">The image.</param>
/// <param name="Digest">The digest of its manifest or index; null where the runtime does not tell.</param>
public sealed record PullDone(ImageReference Reference, Digest? Digest) : PullProgress
{
    /// <summary>A line for people: <c>Received nginx:1.27 (sha256:…)</c>.</summary>
    public override string ToString() => $"Received {Reference.ToFamiliarString()}{(Digest is { } digest ? $" ({digest})" : "")}";
}
