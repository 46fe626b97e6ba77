namespace ZLayer.Core.Storage;

/// <summary>How new content survives a power cut. A killed process never matters: the kernel keeps what was written.</summary>
internal enum ContentDurability
{
    /// <summary>Flushed to the disk before it gets its name. For documents and everything that would have to be fetched again.</summary>
    Flushed,

    /// <summary>
    /// Named at once and marked: after a restart of the machine a marked blob is verified against its digest before it is trusted, and
    /// deleted when it is wrong. For large layers that a build can make again.
    /// </summary>
    Deferred,
}
