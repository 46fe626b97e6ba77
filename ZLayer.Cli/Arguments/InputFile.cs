using ZLayer.Core.Errors;

namespace ZLayer.Cli.Arguments;

/// <summary>A file that is read once from its beginning to its end, or standard input.</summary>
internal static class InputFile
{
    /// <summary>Opens a file; <c>-</c> is standard input.</summary>
    /// <exception cref="ZLayerException">PathNotFound, AccessDenied.</exception>
    public static Stream Open(string path)
    {
        if (path == "-")
        {
            return Console.OpenStandardInput();
        }

        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (ZLayerException.From(e) is { } cause)
        {
            throw new ZLayerException(cause.Kind, $"The file {path} cannot be read: {cause.Message}", e) { Subject = path, Advice = cause.Advice };
        }
    }
}
