namespace ZLayer.Core.Dockerfiles;

/// <summary>The patterns of a <c>.dockerignore</c>. The last pattern that matches a path or one of its parents decides. Safe for concurrent use.</summary>
public sealed class IgnoreFile
{
    /// <summary>A file without patterns: nothing is excluded.</summary>
    public static IgnoreFile Empty { get; } = new();

    /// <summary>The name of the file as the caller gave it.</summary>
    public string Name { get; private init; } = ".dockerignore";

    /// <summary>True when the file has a <c>!</c> pattern.</summary>
    public bool HasExceptions { get; private init; }

    /// <summary>True when the file has no patterns.</summary>
    public bool IsEmpty { get; private init; } = true;

    /// <summary>Parses the text of an ignore file.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name for messages; the file is not opened.</param>
    /// <returns>The patterns.</returns>
    /// <exception cref="Errors.ZLayerException"><see cref="Errors.ZLayerErrorKind.InvalidArgument"/>: a pattern is not valid; the subject is the line.</exception>
    public static IgnoreFile Parse(string text, string name = ".dockerignore") => throw new NotImplementedException();

    /// <summary>Says whether a path is excluded, and why.</summary>
    /// <param name="path">A path relative to the context, with <c>/</c>.</param>
    /// <returns>The verdict with the line that made it.</returns>
    public IgnoreMatch Match(string path) => throw new NotImplementedException();

    /// <summary>Says whether anything below an excluded directory may be included by an exception, so that a walker must enter it.</summary>
    /// <param name="directory">A path relative to the context, with <c>/</c>.</param>
    /// <returns>False when the whole directory can be skipped.</returns>
    public bool MayContainIncluded(string directory) => throw new NotImplementedException();
}
