using System.Globalization;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Builds;

/// <summary>
/// A secret that <c>RUN --mount=type=secret</c> may read. Its content never reaches a layer, a cache key, the history or a log.
/// </summary>
public sealed class BuildSecret
{
    /// <summary>The largest secret: 500 KB, as BuildKit has it.</summary>
    public const int MaximumSize = 500 * 1024;

    private readonly Func<CancellationToken, byte[]> _read;

    private BuildSecret(string id, string source, Func<CancellationToken, byte[]> read)
    {
        Id = id;
        Source = source;
        _read = read;
    }

    /// <summary>The name that the Dockerfile knows it by.</summary>
    public string Id { get; }

    /// <summary>Where it comes from, for people: a path, <c>env NAME</c> or <c>value</c>; never the content.</summary>
    public string Source { get; }

    /// <summary>A secret in a file, read when a step first needs it.</summary>
    public static BuildSecret FromFile(string id, string path) => new(id, path, cancellationToken => ReadFile(id, path, cancellationToken));

    /// <summary>A secret that is already in memory.</summary>
    /// <param name="id">The name that the Dockerfile knows it by.</param>
    /// <param name="content">The content.</param>
    /// <param name="source">Where it came from, for people.</param>
    public static BuildSecret FromBytes(string id, byte[] content, string source = "value") => new(id, source, _ => content);

    /// <summary>A secret from an environment variable of the caller's environment.</summary>
    /// <exception cref="ZLayerException">InvalidArgument when the variable is not set.</exception>
    public static BuildSecret FromEnvironment(string id, string variable, IReadOnlyDictionary<string, string> environment)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return environment.TryGetValue(variable, out var value)
            ? new BuildSecret(id, "env " + variable, _ => Encoding.UTF8.GetBytes(value))
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The secret '{id}' names the environment variable {variable}, which is not set.")
            {
                Subject = id,
                Advice = $"Set {variable}, or give the secret as a file: id={id},src=PATH.",
            };
    }

    /// <summary>The content, checked against <see cref="MaximumSize"/>.</summary>
    /// <param name="cancellationToken">Ends the wait for whoever writes to it, where the file is a pipe.</param>
    /// <exception cref="ZLayerException">PathNotFound, AccessDenied or InvalidArgument, naming the id.</exception>
    public byte[] Read(CancellationToken cancellationToken = default)
    {
        var content = _read(cancellationToken);
        return content.Length <= MaximumSize
            ? content
            : throw TooLong(Id, content.Length.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Id and source, never the content.</summary>
    public override string ToString() => $"{Id} ({Source})";

    private static ZLayerException TooLong(string id, string size, Exception? cause = null)
        => new(ZLayerErrorKind.InvalidArgument, $"The secret '{id}' has {size} bytes; at most {MaximumSize} are allowed.", cause)
        {
            Subject = id,
            Advice = "Pass a smaller file; mount large inputs with a named build context instead.",
        };

    private static byte[] ReadFile(string id, string path, CancellationToken cancellationToken)
    {
        try
        {
            return BoundedFile.Read(path, MaximumSize, cancellationToken);
        }
        catch (FileTooLongException e)
        {
            throw TooLong(id, $"more than {MaximumSize}", e);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ZLayerException(ZLayerErrorKind.PathNotFound, $"The file of the secret '{id}' does not exist: {path}.", e)
            {
                Subject = path,
                Advice = $"Check the path given with {DoorWords.Of("--secret", "-Secret")}.",
            };
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"The file of the secret '{id}' cannot be read", path, e, isWrite: false);
        }
    }
}
