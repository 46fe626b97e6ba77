namespace ZLayer.Core.Registries;

/// <summary>How far the transfer of one blob or manifest is. Reported synchronously, at most a few times a second for each blob.</summary>
/// <param name="Id">What moves: the first 12 hexadecimal characters of its digest, or the reference for a manifest.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Current">Bytes at the destination so far, those of an earlier, broken transfer included.</param>
/// <param name="Total">The whole size in bytes; null when it is not known yet.</param>
public sealed record TransferProgress(string Id, TransferStatus Status, long Current = 0, long? Total = null)
{
    /// <summary>A line for people: <c>3ee2e7cb96a9: downloading 512 of 2048 bytes</c>.</summary>
    public override string ToString() => $"{Id}: {Status.ToString().ToLowerInvariant()}{Bytes(Current, Total)}";

    /// <summary>How far it is; empty where nothing is known.</summary>
    internal static string Bytes(long? current, long? total) => (current, total) switch
    {
        (_, { } all) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $" {current ?? 0} of {all} bytes"),
        ( > 0, null) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $" {current} bytes"),
        _ => "",
    };
}

/// <summary>Where the transfer of one piece of content stands.</summary>
public enum TransferStatus
{
    /// <summary>Known to be needed, not started.</summary>
    Waiting,
    /// <summary>Already at the destination; nothing is sent.</summary>
    Exists,
    /// <summary>The registry took it over from another of its repositories; nothing is sent.</summary>
    Mounted,
    /// <summary>A layer is being compressed before it is sent.</summary>
    Compressing,
    /// <summary>Bytes are moving.</summary>
    Transferring,
    /// <summary>All bytes have arrived; the digest is being checked.</summary>
    Verifying,
    /// <summary>Arrived and verified.</summary>
    Done,
    /// <summary>The connection broke or the registry asked to wait; the transfer goes on after a pause.</summary>
    Retrying,
}
