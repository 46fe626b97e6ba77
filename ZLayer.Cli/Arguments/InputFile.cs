using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;

namespace ZLayer.Cli.Arguments;

/// <summary>A file that is read once from its beginning to its end, or standard input.</summary>
internal static class InputFile
{
    /// <summary>All of standard input as text. The wait for whoever writes to it can be cancelled.</summary>
    /// <param name="maximumSize">How many bytes are allowed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="ZLayerException">InvalidArgument when it is longer.</exception>
    public static async Task<string> ReadStandardInputAsync(int maximumSize, CancellationToken cancellationToken)
    {
        // A reader, which leaves a byte order mark out.
        using var reader = new StreamReader(new MemoryStream(await UserFile.ReadStandardInputAsync(maximumSize, cancellationToken)));
        return await reader.ReadToEndAsync(cancellationToken);
    }

    /// <summary>Opens a file; <c>-</c> is standard input. The wait for whoever writes to it can be cancelled.</summary>
    /// <exception cref="ZLayerException">PathNotFound, AccessDenied.</exception>
    public static Stream Open(string path, CancellationToken cancellationToken)
    {
        if (path == "-")
        {
            return UserFile.OpenStandardInput(cancellationToken);
        }

        try
        {
            return UserFile.OpenRead(path, cancellationToken);
        }
        catch (Exception e) when (ZLayerException.From(e) is { } cause)
        {
            throw new ZLayerException(cause.Kind, $"The file {path} cannot be read: {cause.Message}", e)
            {
                Subject = path,
                Advice = cause.AdviceFor(FrontDoor.CommandLine),
            };
        }
    }
}
