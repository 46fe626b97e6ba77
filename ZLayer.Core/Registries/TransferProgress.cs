namespace ZLayer.Core.Registries;

/// <summary>How far the transfer of one blob or manifest is. Reported synchronously, at most a few times a second for each blob.</summary>
/// <param name="Id">What moves: the first 12 hexadecimal characters of its digest, or the reference for a manifest.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Current">Bytes at the destination so far, those of an earlier, broken transfer included.</param>
/// <param name="Total">The whole size in bytes; null when it is not known yet.</param>
public sealed record TransferProgress(string Id, TransferStatus Status, long Current = 0, long? Total = null);
