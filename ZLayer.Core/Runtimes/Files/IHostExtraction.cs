using ZLayer.Core.Layers;

namespace ZLayer.Core.Runtimes.Files;

/// <summary>Makes files on this machine of the entries of an archive, below one directory and nowhere else.</summary>
internal interface IHostExtraction : IDisposable
{
    /// <summary>
    /// Makes one file, or nothing where that fails; what is there already is replaced, but a directory only by a directory, which keeps
    /// what is in it.
    /// </summary>
    /// <param name="entry">The file, with its path below the directory.</param>
    /// <param name="content">Its content.</param>
    /// <param name="cancellationToken">Stops the work; the file is then not there, or the one that was there before.</param>
    void Extract(TarEntry entry, Stream content, CancellationToken cancellationToken);

    /// <summary>Gives the directories their modes and times.</summary>
    void Complete();
}
