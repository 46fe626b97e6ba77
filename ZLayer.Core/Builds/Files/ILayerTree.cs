namespace ZLayer.Core.Builds.Files;

/// <summary>A tree that is one layer of a stack: it also says what it removes from the layers below.</summary>
internal interface ILayerTree : IFileTree
{
    /// <summary>Finds a file or the mark of its removal.</summary>
    FileNode? FindMarked(string path);

    /// <summary>Lists files and marks of removal, in ordinal order.</summary>
    FileNode[] ListMarked(FileNode directory);

    /// <summary>True when nothing of the directory's content below this layer is left.</summary>
    bool IsOpaque(FileNode directory);
}
