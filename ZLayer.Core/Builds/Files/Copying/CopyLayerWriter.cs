using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Files;

/// <summary>Writes planned entries as a layer, straight from their sources, and learns the digests of the files on the way.</summary>
internal sealed class CopyLayerWriter : IDisposable
{
    private readonly ILayerOutput _layer;
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

    private CopyLayerWriter(ILayerOutput layer, bool isWindows, CancellationToken cancellationToken)
    {
        _isWindows = isWindows;
        _layer = layer;
        _hasher = new FileHasher(cancellationToken);
        _writeContent = layer.WriteContent;
        _cancellationToken = cancellationToken;
    }

    /// <summary>Writes a layer as a tar stream.</summary>
    /// <param name="entries">What it holds.</param>
    /// <param name="output">Where to.</param>
    /// <param name="windowsRoots">What the layer of a Windows image begins with; null for other systems.</param>
    /// <param name="cancellationToken">Ends the writing.</param>
    public static CopySummary Write(
        IReadOnlyList<PlannedEntry> entries, Stream output, IReadOnlyList<TarEntry>? windowsRoots, CancellationToken cancellationToken)
    {
        using var pipeline = new PipelinedOutput(output);
        using var tar = new LayerTarWriter(pipeline);
        var summary = Write(entries, tar, windowsRoots, cancellationToken);
        pipeline.Complete();
        return summary;
    }

    /// <inheritdoc cref="Write(IReadOnlyList{PlannedEntry}, Stream, IReadOnlyList{TarEntry}?, CancellationToken)"/>
    public static CopySummary Write(
        IReadOnlyList<PlannedEntry> entries,
        ILayerOutput output,
        IReadOnlyList<TarEntry>? windowsRoots,
        CancellationToken cancellationToken)
    {
        using var writer = new CopyLayerWriter(output, windowsRoots is not null, cancellationToken);
        foreach (var root in windowsRoots ?? [])
        {
            output.WriteEntry(root);
        }

        foreach (var entry in entries)
        {
            if (!entry.IsReplaced)
            {
                cancellationToken.ThrowIfCancellationRequested();
                writer.Write(entry);
            }
        }

        output.Complete();
        return new CopySummary(writer._entries, writer._files, writer._bytes, DateTimeOffset.FromUnixTimeSeconds(writer._newest));
    }

    public void Dispose()
    {
        _archiveReader?.Dispose();
        _hasher.Dispose();
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
            _layer.WriteEntry(Shown(planned.Entry, planned.LeadsToDirectory));
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
                _layer.WriteEntry(Shown(planned.Entry with { Type = TarEntryType.HardLink, LinkTarget = first.Entry.Path, Size = 0 }));
                match.SetContent(planned.Item, match.Contents[first.Item]);
                return;
            }

            _firstNames.Add(key, planned);
        }

        if (match.IsKnown[planned.Item])
        {
            WriteKnown(planned.Entry, node, match.Contents[planned.Item]);
        }
        else
        {
            match.SetContent(planned.Item, WriteFile(planned.Entry, node, wantHash: true));
        }
    }

    private void WriteKnown(TarEntry entry, FileNode node, KnownContent known)
    {
        _files++;
        _bytes += entry.Size;
        entry = Shown(known.HasAttributes ? entry with { ExtendedAttributes = node.Tree.GetExtendedAttributes(node) } : entry);
        if (node.Size == 0)
        {
            _layer.WriteEntry(entry);
            return;
        }

        _layer.WriteKnown(entry, known.Hash.Bytes, () =>
        {
            using var stream = node.Tree.OpenRead(node);
            var hash = _hasher.Read(node, stream, _layer.WantsDigests, _writeContent);
            if (_layer.WantsDigests && hash != known.Hash)
            {
                throw FileHasher.Changed(node);
            }
        });
    }

    private KnownContent WriteFile(TarEntry entry, FileNode node, bool wantHash)
    {
        _files++;
        _bytes += entry.Size;
        if (node.Size == 0)
        {
            _layer.WriteEntry(Shown(entry));
            return FileHasher.Empty;
        }

        using var stream = node.Tree.OpenRead(node);
        var attributes = wantHash ? FileHasher.ReadAttributes(node, stream) : null;
        _layer.BeginFile(Shown(attributes is null ? entry : entry with { ExtendedAttributes = attributes }));
        var hash = _hasher.Read(node, stream, wantHash || _layer.WantsDigests, _writeContent);
        _layer.EndFile(hash.Bytes);
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
        _layer.WriteFile(Shown(planned.Entry), _archiveReader!.Content);
    }
}
