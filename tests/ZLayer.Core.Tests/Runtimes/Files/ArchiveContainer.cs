using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Files;

namespace ZLayer.Core.Tests.Runtimes.Files;

/// <summary>A container that gives one archive, whatever is asked for, and keeps the one that it is given.</summary>
internal sealed class ArchiveContainer(Func<Stream> archive, params (string Path, uint Mode, string Link)[] paths) : IContainerFiles
{
    public string Name => "archives";

    public RuntimeCapabilities Capabilities => RuntimeCapabilities.All;

    public string? AskedFor { get; private set; }

    public (string Directory, byte[] Archive)? Given { get; private set; }

    public Task<Stream> GetArchiveAsync(string container, string path, CancellationToken cancellationToken = default)
    {
        AskedFor = path;
        return Task.FromResult(archive());
    }

    public async Task PutArchiveAsync(string container, string path, Stream archive, ArchivePutOptions options, CancellationToken cancellationToken = default)
    {
        using var kept = new MemoryStream();
        await archive.CopyToAsync(kept, cancellationToken);
        Given = (path, kept.ToArray());
    }

    public Task<PathStat> GetPathStatAsync(string container, string path, CancellationToken cancellationToken = default)
        => paths.FirstOrDefault(p => p.Path == path) is { Path: not null } found
            ? Task.FromResult(new PathStat { Name = path[(path.LastIndexOf('/') + 1)..], Mode = new ZLayer.Core.Runtimes.Files.FileMode(found.Mode), LinkTarget = found.Link })
            : throw new ZLayerException(ZLayerErrorKind.ContainerPathNotFound, "no " + path);
}
