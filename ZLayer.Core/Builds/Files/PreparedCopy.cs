using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// A COPY or ADD whose sources are found: it can tell its digest, for the step cache, and write its layer. Either may come first, and whichever
/// reads a file remembers the digest of the content, so that every file is read once. Not safe for concurrent use.
/// </summary>
public sealed class PreparedCopy
{
    /// <summary>Finds the sources of a COPY or ADD: walks directories, expands patterns, looks up known digests. Reads no content.</summary>
    /// <param name="request">What to copy.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <returns>The copy.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// BuildStepInvalid, naming the place in the Dockerfile: a source is missing or leaves its root, a flag's value is wrong, or several sources
    /// have a destination that is no directory.
    /// </exception>
    public static PreparedCopy Prepare(CopyRequest request, CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>How many files must be read to know the digest.</summary>
    public int UnknownFiles => throw new NotImplementedException();

    /// <summary>How many bytes must be read to know the digest; when that is much, writing the layer first reads them once for both.</summary>
    public long UnknownBytes => throw new NotImplementedException();

    /// <summary>
    /// The digest of everything that decides the layer apart from the stage below and modification times: destination, flags, and path, type,
    /// mode, owner, link, attributes and content of every file. Reads the files that are not known yet, in parallel.
    /// </summary>
    public Digest ComputeDigest(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>The files with their digests, to explain a later miss. Reads like <see cref="ComputeDigest"/>.</summary>
    public CopyManifest GetManifest(CancellationToken cancellationToken = default) => throw new NotImplementedException();

    /// <summary>Writes the layer as an uncompressed tar stream; output is written on a thread of its own while files are read.</summary>
    /// <param name="output">Where to; stays open, and is not flushed to disk.</param>
    /// <param name="target">The files of the stage below; null for <c>scratch</c> and <c>--link</c>. The caller disposes it.</param>
    /// <param name="cancellationToken">Ends the writing; the output is unfinished then.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="Errors.ZLayerException">BuildStepInvalid: the destination is a file where a directory must be, a user is unknown, or an archive is hostile.</exception>
    public CopySummary WriteLayer(Stream output, IFileTree? target, CancellationToken cancellationToken = default) => throw new NotImplementedException();
}
