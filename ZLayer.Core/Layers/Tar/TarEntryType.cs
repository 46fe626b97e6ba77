namespace ZLayer.Core.Layers;

/// <summary>The kinds of files that a layer can hold (OCI image specification, "Layer File Types").</summary>
internal enum TarEntryType
{
    /// <summary>A regular file.</summary>
    File,
    /// <summary>A directory.</summary>
    Directory,
    /// <summary>A symbolic link; <see cref="TarEntry.LinkTarget"/> is its text.</summary>
    SymbolicLink,
    /// <summary>A hard link; <see cref="TarEntry.LinkTarget"/> is a path in the same archive.</summary>
    HardLink,
    /// <summary>A character device.</summary>
    CharacterDevice,
    /// <summary>A block device.</summary>
    BlockDevice,
    /// <summary>A named pipe.</summary>
    Fifo,
}
