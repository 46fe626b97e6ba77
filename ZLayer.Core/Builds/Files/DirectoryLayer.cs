namespace ZLayer.Core.Builds.Files;

/// <summary>The layer of a WORKDIR: the directory and its parents as far as they are missing, with mode 0755.</summary>
public static class DirectoryLayer
{
    /// <summary>Writes the layer as an uncompressed tar stream.</summary>
    /// <param name="output">Where to; stays open.</param>
    /// <param name="path">The absolute directory.</param>
    /// <param name="user">The stage's USER, who owns what is made; null or empty for root.</param>
    /// <param name="target">The files of the stage below; null for <c>scratch</c>.</param>
    /// <param name="time">The modification time of what is made.</param>
    /// <returns>How many directories were made; with 0 the layer is an empty tar stream.</returns>
    /// <exception cref="Errors.ZLayerException">BuildStepInvalid: the path runs through a file.</exception>
    public static int Write(Stream output, string path, string? user, IFileTree? target, DateTimeOffset time) => throw new NotImplementedException();
}
