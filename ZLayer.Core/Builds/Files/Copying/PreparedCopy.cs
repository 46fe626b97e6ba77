using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// A COPY or ADD whose sources are found: it can tell its digest, for the step cache, and write its layer. Either may come first, and
/// whichever reads a file remembers the digest of the content, so that every file is read once. Not safe for concurrent use.
/// </summary>
internal sealed class PreparedCopy
{
    private readonly CopyRequest _request;
    private readonly CopyDestination _destination;
    private readonly IReadOnlyList<CopyMatch> _matches;
    private Digest _digest;

    private PreparedCopy(CopyRequest request, IReadOnlyList<CopyMatch> matches, IReadOnlyList<string> unmatched)
    {
        _request = request;
        _destination = CopyDestination.Of(request);
        _matches = matches;
        UnmatchedPatterns = unmatched;
    }

    /// <summary>The patterns that matched nothing. That is no error, as in Docker: the layer just holds nothing from them.</summary>
    public IReadOnlyList<string> UnmatchedPatterns { get; }

    /// <summary>
    /// True when there are sockets, pipes or devices among the files: a copy of them is dead, the originals lead to who listens there.
    /// </summary>
    internal bool HoldsLiveFiles => _matches.Any(m => m.Items.Any(i => i.Node.IsSocket
        || i.Node.Type is TarEntryType.Fifo or TarEntryType.CharacterDevice or TarEntryType.BlockDevice));

    /// <summary>How many files must be read to know the digest.</summary>
    public int UnknownFiles => _matches.Sum(m => m.IsKnown.Count(k => !k));

    /// <summary>
    /// How many bytes must be read to know the digest; when that is much, writing the layer first reads them once for both.
    /// </summary>
    public long UnknownBytes => _matches.Sum(m => m.Items.Where((_, i) => !m.IsKnown[i]).Sum(i => i.Node.Size));

    /// <summary>
    /// Finds the sources of a COPY or ADD: walks directories, expands patterns, looks up known digests. Reads no content.
    /// </summary>
    /// <param name="request">What to copy.</param>
    /// <param name="cancellationToken">Ends the walk.</param>
    /// <returns>The copy.</returns>
    /// <exception cref="ZLayerException">
    /// BuildStepInvalid, naming the place in the Dockerfile: a source is missing or leaves its root, or a flag's value is wrong.
    /// </exception>
    public static PreparedCopy Prepare(CopyRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Chmod is not null)
        {
            _ = FileModeChange.Parse(request.Chmod, request);
        }

        var (matches, unmatched) = CopySelection.Find(request, cancellationToken);
        foreach (var match in matches)
        {
            match.LookUp();
        }

        return new PreparedCopy(request, matches, unmatched);
    }

    /// <summary>
    /// The digest of everything that decides the layer apart from the stage below and modification times: destination, flags, and path,
    /// type, mode, owner, link, attributes and content of every file. Reads the files that are not known yet, in parallel.
    /// </summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="ZLayerException">
    /// StorageReadFailed or AccessDenied: a file cannot be read, or changed while it was read.
    /// </exception>
    public Digest ComputeDigest(CancellationToken cancellationToken = default)
    {
        if (_digest.IsEmpty)
        {
            ReadUnknown(cancellationToken);
            _digest = CopyDigest.Compute(_request, _destination, _matches);
        }

        return _digest;
    }

    /// <summary>The files with their digests, to explain a later miss. Reads like <see cref="ComputeDigest"/>.</summary>
    /// <param name="cancellationToken">Ends the reading.</param>
    public CopyManifest GetManifest(CancellationToken cancellationToken = default)
    {
        ReadUnknown(cancellationToken);
        return CopyManifest.Of(_matches);
    }

    /// <summary>Writes the layer as an uncompressed tar stream; output is written on a thread of its own while files are read.</summary>
    /// <param name="output">Where to; stays open, and is not flushed to disk.</param>
    /// <param name="target">The files of the stage below; null for <c>scratch</c> and <c>--link</c>. The caller disposes it.</param>
    /// <param name="cancellationToken">Ends the writing; the output is unfinished then.</param>
    /// <returns>What was written.</returns>
    /// <exception cref="ZLayerException">
    /// BuildStepInvalid: the destination is a file where a directory must be, a directory where a file must be, or a user is unknown.
    /// InvalidArchive: an archive is damaged or hostile. StorageReadFailed or AccessDenied: a file cannot be read, or changed while it was
    /// read.
    /// </exception>
    public CopySummary WriteLayer(Stream output, IFileTree? target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(output);
        return CopyLayerWriter.Write(Plan(target, cancellationToken), output, WindowsRoots, cancellationToken);
    }

    /// <summary>Writes the layer to what may have parts of it already.</summary>
    internal CopySummary WriteLayer(ILayerOutput output, IFileTree? target, CancellationToken cancellationToken)
        => CopyLayerWriter.Write(Plan(target, cancellationToken), output, WindowsRoots, cancellationToken);

    private IReadOnlyList<TarEntry>? WindowsRoots
        => _request.IsWindows ? WindowsLayer.Roots(_request.Clamp(_request.CreationTime)) : null;

    private IReadOnlyList<PlannedEntry> Plan(IFileTree? target, CancellationToken cancellationToken)
        => CopyLayerPlan.Make(_request, _destination, _matches, target, cancellationToken);

    private void ReadUnknown(CancellationToken cancellationToken)
    {
        var unknown = new List<(CopyMatch Match, int Item)>();
        foreach (var match in _matches)
        {
            for (var i = 0; i < match.Items.Length; i++)
            {
                if (!match.IsKnown[i])
                {
                    unknown.Add((match, i));
                }
            }
        }

        if (unknown.Count < 2)
        {
            using var hasher = new FileHasher(cancellationToken);
            unknown.ForEach(u => u.Match.SetContent(u.Item, hasher.Hash(u.Match.Items[u.Item].Node)));
            return;
        }

        // The large ones first, so that no thread is left with one at the end.
        unknown.Sort((a, b) => b.Match.Items[b.Item].Node.Size.CompareTo(a.Match.Items[a.Item].Node.Size));
        ReadParallel(unknown, cancellationToken);
    }

    private static void ReadParallel(List<(CopyMatch Match, int Item)> unknown, CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { CancellationToken = cancellationToken, MaxDegreeOfParallelism = Environment.ProcessorCount };
        var work = Partitioner.Create(unknown, EnumerablePartitionerOptions.NoBuffering);
        try
        {
            Parallel.ForEach(work, options, () => new FileHasher(cancellationToken), static (u, _, hasher) =>
            {
                u.Match.SetContent(u.Item, hasher.Hash(u.Match.Items[u.Item].Node));
                return hasher;
            }, static hasher => hasher.Dispose());
        }
        catch (AggregateException e) when (e.InnerExceptions[0] is ZLayerException)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
