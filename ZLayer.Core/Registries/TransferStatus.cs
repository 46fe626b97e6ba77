namespace ZLayer.Core.Registries;

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
