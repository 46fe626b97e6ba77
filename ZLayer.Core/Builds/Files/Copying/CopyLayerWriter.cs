using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>Writes planned entries as a tar stream, straight from their sources, and learns the digests of the files on the way.</summary>
internal sealed class CopyLayerWriter : IDisposable
{
    private readonly LayerTarWriter _tar;
    private readonly FileHasher _hasher;
    private readonly FileHasher.BlockConsumer _writeContent;
    private readonly Dictionary<(CopyMatch Match, IFileTree Tree, ulong Device, ulong Inode), PlannedEntry> _firstNames = [];
    private readonly CancellationToken _cancellationToken;
    private readonly bool _isWindows;
    private ArchivePlan? _archive;
    private LayerTarReader? _archiveReader;
    private int _archiveNext;
    private long _entries;
    private long _files;
    private long _bytes;
    private long _newest;

    private CopyLayerWriter(Stream output, bool isWindows, CancellationToken cancellationToken)
    {
        _isWindows = isWindows;
        _tar = new LayerTarWriter(output);
        _hasher = new FileHasher(cancellationToken);
        _writeContent = _tar.WriteContent;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Writes a layer.</summary>
    /// <param name="entries">What it holds.</param>
    /// <param name="output">Where to.</param>
    /// <param name="windowsRoots">What the layer of a Windows image begins with; null for other systems.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public static CopySummary Write(
        IReadOnlyList<PlannedEntry> entries, Stream output, IReadOnlyList<TarEntry>? windowsRoots, CancellationToken cancellationToken)
    {
        using var pipeline = new PipelinedOutput(output);
        using var writer = new CopyLayerWriter(pipeline, windowsRoots is not null, cancellationToken);
        foreach (var root in windowsRoots ?? [])
        {
            writer._tar.WriteEntry(root);
        }

        foreach (var entry in entries)
        {
            if (!entry.IsReplaced)
            {
                cancellationToken.ThrowIfCancellationRequested();
                writer.Write(entry);
            }
        }

        writer._tar.Complete();
        pipeline.Complete();
        return new CopySummary(writer._entries, writer._files, writer._bytes, DateTimeOffset.FromUnixTimeSeconds(writer._newest));
    }

    public void Dispose()
    {
        _archiveReader?.Dispose();
        _hasher.Dispose();
        _tar.Dispose();
    }

    private void Write(PlannedEntry planned)
    {
        _entries++;
        _newest = Math.Max(_newest, planned.Entry.ModificationTime.ToUnixTimeSeconds());
        if (planned.Match is { } match)
        {
            WriteItem(planned, match);
        }
        else if (planned.Archive is { } archive)
        {
            WriteArchived(planned, archive);
        }
        else if (planned.Below is { } below)
        {
            WriteFile(planned.Entry, below, wantHash: false);
        }
        else
        {
            _tar.WriteEntry(Shown(planned.Entry, planned.LeadsToDirectory));
        }
    }

    private TarEntry Shown(TarEntry entry, bool leadsToDirectory = false)
        => _isWindows ? WindowsLayer.Entry(entry, leadsToDirectory) : entry;

    private void WriteItem(PlannedEntry planned, CopyMatch match)
    {
        var node = match.Items[planned.Item].Node;
        if (node.Identity.MayBeLinked)
        {
            var key = (match, node.Tree, node.Identity.Device, node.Identity.Inode);
            if (_firstNames.TryGetValue(key, out var first))
            {
                _tar.WriteEntry(Shown(planned.Entry with { Type = TarEntryType.HardLink, LinkTarget = first.Entry.Path, Size = 0 }));
                match.SetContent(planned.Item, match.Contents[first.Item]);
                return;
            }

            _firstNames.Add(key, planned);
        }

        var isKnown = match.IsKnown[planned.Item];
        var entry = isKnown && match.Contents[planned.Item].HasAttributes
            ? planned.Entry with { ExtendedAttributes = node.Tree.GetExtendedAttributes(node) }
            : planned.Entry;
        var learnt = WriteFile(entry, node, wantHash: !isKnown);
        if (!isKnown)
        {
            match.SetContent(planned.Item, learnt);
        }
    }

    private KnownContent WriteFile(TarEntry entry, FileNode node, bool wantHash)
    {
        _files++;
        _bytes += entry.Size;
        if (node.Size == 0)
        {
            _tar.WriteEntry(Shown(entry));
            return FileHasher.Empty;
        }

        using var stream = node.Tree.OpenRead(node);
        var attributes = wantHash ? FileHasher.ReadAttributes(node, stream) : null;
        _tar.BeginFile(Shown(attributes is null ? entry : entry with { ExtendedAttributes = attributes }));
        var hash = _hasher.Read(node, stream, wantHash, _writeContent);
        _tar.EndFile();
        return new KnownContent(hash, attributes is not null);
    }

    // Entries of an archive come in the order of the archive, so that it is read once, forward.
    private void WriteArchived(PlannedEntry planned, ArchivePlan archive)
    {
        if (!ReferenceEquals(_archive, archive))
        {
            _archiveReader?.Dispose();
            _archiveReader = archive.OpenReader();
            _archive = archive;
            _archiveNext = 0;
        }

        while (_archiveNext <= planned.ArchiveIndex)
        {
            _cancellationToken.ThrowIfCancellationRequested();
            _ = _archiveReader!.MoveNext();
            _archiveNext++;
        }

        _files++;
        _bytes += planned.Entry.Size;
        _tar.WriteFile(Shown(planned.Entry), _archiveReader!.Content);
    }
}
