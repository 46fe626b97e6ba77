namespace ZLayer.Core.Builds.Files;

/// <summary>The destination of a COPY in the root file system.</summary>
/// <param name="Path">The clean path; links in it are not resolved yet.</param>
/// <param name="IsDirectory">True when it is written as a directory: with a trailing <c>/</c>, or as <c>.</c>.</param>
internal readonly record struct CopyDestination(string Path, bool IsDirectory)
{
    public static CopyDestination Of(CopyRequest request)
    {
        var text = request.Destination;
        var absolute = text.StartsWith('/') ? text : $"{request.WorkingDirectory}/{text}";
        var isDirectory = text.Length == 0 || text is "." or ".." || text.EndsWith('/') || text.EndsWith("/.", StringComparison.Ordinal)
            || text.EndsWith("/..", StringComparison.Ordinal);
        return new CopyDestination(FileTreePaths.Clean(absolute), isDirectory);
    }
}
