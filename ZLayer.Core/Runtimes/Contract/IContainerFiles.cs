using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Files;

namespace ZLayer.Core.Runtimes;

/// <summary>
/// Files inside containers, running or not. Every member throws ContainerNotFound, and ContainerPathNotFound for a path that does not
/// exist.
/// </summary>
public interface IContainerFiles : IRuntimePart
{
    /// <summary>A file or directory as a tar whose entries begin with its last name. The caller disposes of the stream.</summary>
    Task<Stream> GetArchiveAsync(string container, string path, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.ArchiveGet);

    /// <summary>Extracts a tar into a directory of the container that exists.</summary>
    /// <exception cref="ZLayerException">
    /// InvalidArgument for what is not an archive, when the path is not a directory, the file system is read-only, or a directory would be
    /// replaced by a file or the other way round and the options forbid it.
    /// </exception>
    Task PutArchiveAsync(
        string container, string path, Stream archive, ArchivePutOptions options, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.ArchivePut);

    /// <summary>What a path is. A symbolic link is not followed; its target is in the answer.</summary>
    Task<PathStat> GetPathStatAsync(string container, string path, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.ArchiveHead);

    /// <summary>The whole file system of a container as a tar. The caller disposes of the stream.</summary>
    Task<Stream> ExportContainerAsync(string container, CancellationToken cancellationToken = default)
        => throw Declined(RuntimeOperation.ExportContainerFs);
}
