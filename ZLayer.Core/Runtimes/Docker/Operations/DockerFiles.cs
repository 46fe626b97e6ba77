using System.Net;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Files;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>Files of containers: <see cref="IContainerFiles"/> as an engine fulfils it.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerFiles(ChosenEngine engine)
{
    private const string PathStatHeader = "X-Docker-Container-Path-Stat";

    public async Task<Stream> GetArchiveAsync(string container, string path, CancellationToken cancellationToken = default)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var request = EngineRequest.Get(
            $"containers/{id}/archive", PathPurpose("copy", "from", container, path)) with { Query = PathQuery(path), IsTransfer = true };
        return await engine.Client.OpenAsync(request, cancellationToken).ConfigureAwait(false);
    }

    public async Task PutArchiveAsync(
        string container, string path, Stream archive, ArchivePutOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        ArgumentNullException.ThrowIfNull(options);
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var query = PathQuery(path);
        query.Add("noOverwriteDirNonDir", options.NoOverwriteDirNonDir);
        query.Add("copyUIDGID", options.CopyOwner);
        await engine.Client.SendAsync(
            EngineRequest.Put(
                $"containers/{id}/archive", PathPurpose(
                    "copy to", "in", container, path)) with { Query = query, Body = EngineBody.FromStream(archive) },
            cancellationToken).ConfigureAwait(false);
    }

    public async Task<PathStat> GetPathStatAsync(string container, string path, CancellationToken cancellationToken = default)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var purpose = PathPurpose("look at", "in", container, path);
        try
        {
            var answer = await engine.Client.OpenAsync(
                EngineRequest.Head(
                    $"containers/{id}/archive", purpose) with { Query = PathQuery(path) }, cancellationToken).ConfigureAwait(false);
            await using var closing = answer.ConfigureAwait(false);
            return ReadStat(answer.Header(PathStatHeader)) ?? throw answer.Unreadable();
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ContainerPathNotFound)
        {
            // The answer has no words that would tell whether the path is missing or the container.
            await engine.HasTerminalAsync(container, cancellationToken).ConfigureAwait(false);
            throw new ZLayerException(e.Kind, $"Cannot {purpose.Attempt}: there is no such file or directory.", e) { Subject = path };
        }
    }

    public async Task<Stream> ExportContainerAsync(string container, CancellationToken cancellationToken = default)
    {
        var id = await engine.ResolveAsync(container, cancellationToken).ConfigureAwait(false);
        var request = EngineRequest.Get(
            $"containers/{id}/export", EnginePurpose.ForContainer("export", container)) with { IsTransfer = true };
        return await engine.Client.OpenAsync(request, cancellationToken).ConfigureAwait(false);
    }

    private static EngineQuery PathQuery(string path)
        => string.IsNullOrEmpty(path)
            ? throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "A path in a container is empty.")
            {
                Advice = "Use / for its root.",
            }
            : new EngineQuery { { "path", path } };

    private static EnginePurpose PathPurpose(string verb, string preposition, string container, string path)
        => new($"{verb} '{path}' {preposition} the container '{container}'", path, ZLayerErrorKind.ContainerPathNotFound)
        {
            Refine = RefinePath,
            SubjectOf = kind => kind == ZLayerErrorKind.ContainerNotFound ? container : null,
        };

    /// <summary>What the engine refuses about files; it says most of it with 500.</summary>
    private static ZLayerErrorKind? RefinePath(HttpStatusCode status, string said)
        => said.Contains("no space left", StringComparison.OrdinalIgnoreCase) ? ZLayerErrorKind.StorageFull
            // A read-only file system, or a mount that is.
            : status == HttpStatusCode.Forbidden || said.Contains("read-only", StringComparison.OrdinalIgnoreCase)
                || said.Contains("cannot overwrite", StringComparison.OrdinalIgnoreCase) || said.Contains(
                    "not a directory", StringComparison.OrdinalIgnoreCase)
                // A link that leads out of the directory that is extracted into.
                || said.Contains("invalid symlink", StringComparison.OrdinalIgnoreCase) || said.Contains(
                    "archive/tar", StringComparison.OrdinalIgnoreCase) ? ZLayerErrorKind.InvalidArgument
            : null;

    private static PathStat? ReadStat(string? header)
    {
        var json = new byte[header?.Length ?? 0];
        return Convert.TryFromBase64String(header ?? "", json, out var length)
            && CheckedJson.TryRead(EngineText.Mend(json.AsMemory(0, length)).Span, StreamsJson.Default.EnginePathStat, out var stat)
                ? stat.ToStat()
                : null;
    }
}
