namespace ZLayer.Core.Layers;

/// <summary>
/// Merges consecutive layers into one that has the same effect on what lies below: what an upper layer replaces or hides is left out, and
/// its whiteouts are kept.
/// </summary>
internal static class LayerMerge
{
    private const string WhiteoutPrefix = ".wh.";
    private const string OpaqueName = ".wh..wh..opq";

    // Links to links that stand before what they lead to: no writer makes them; more than this is a loop.
    private const int LongestChain = 64;

    /// <summary>
    /// Writes the merged layer: the entries that survive, in the order of the layers and of the entries in them. Does not complete the
    /// writer.
    /// </summary>
    /// <param name="layers">Opens the plain tar streams, the lowest first; each is read twice, from start to end.</param>
    /// <param name="output">Where the entries go.</param>
    /// <param name="options">What to keep.</param>
    /// <param name="cancellationToken">Ends the merge; the output is unfinished then.</param>
    /// <exception cref="Errors.ZLayerException">InvalidArchive when a layer is damaged.</exception>
    public static void Write(
        IReadOnlyList<Func<Stream>> layers, LayerTarWriter output, LayerMergeOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(output);
        options ??= new LayerMergeOptions();
        var kept = new Dictionary<string, Survivor>(StringComparer.Ordinal);
        for (var i = layers.Count - 1; i >= 0; i--)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Collect(ReadEntries(i, layers[i], cancellationToken), kept);
        }

        var names = kept.Values
            .Where(s => (options.KeepWhiteouts || !IsWhiteout(s.Entry.Path)) && options.Keeps(s.Entry))
            .GroupBy(s => (s.Layer, s.Content))
            .ToDictionary(g => g.Key, g => g.OrderBy(s => s.Entry.Path, TarPathComparer.Instance).ToList());
        for (var i = 0; i < layers.Count; i++)
        {
            using var reader = new LayerTarReader(layers[i]());
            for (var index = 0; reader.MoveNext() is not null; index++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (names.Remove((i, index), out var survivors))
                {
                    WriteSurvivors(survivors, reader, output, options);
                }
            }
        }
    }

    // The first name in path order is the file, the others are links to it.
    private static void WriteSurvivors(List<Survivor> survivors, LayerTarReader reader, LayerTarWriter output, LayerMergeOptions options)
    {
        var first = options.Adapt(survivors[0].Entry);
        survivors.ForEach(survivor => options.Writing?.Invoke(options.Adapt(survivor.Entry)));
        if (first is { Type: TarEntryType.File, Size: > 0 })
        {
            output.WriteFile(first, reader.Content);
        }
        else
        {
            output.WriteEntry(first);
        }

        foreach (var other in survivors.Skip(1))
        {
            output.WriteEntry(options.Adapt(other.Entry) with { Type = TarEntryType.HardLink, Size = 0, LinkTarget = first.Path });
        }
    }

    private static bool IsWhiteout(string path)
        => path[(path.LastIndexOf('/') + 1)..].StartsWith(WhiteoutPrefix, StringComparison.Ordinal);

    // A hard link becomes the file that it leads to when it is read: a later entry of that name is another file.
    private static TarPathTable<Survivor> ReadEntries(int layer, Func<Stream> open, CancellationToken cancellationToken)
    {
        var table = new TarPathTable<Survivor>(s => s.Entry.Type == TarEntryType.SymbolicLink ? s.Entry.LinkTarget : null);
        using var reader = new LayerTarReader(open());
        for (var index = 0; reader.MoveNext() is { } written; index++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var entry = table.Place(written);
            var own = new Survivor(layer, entry, index);
            table.Put(
                entry.Path,
                entry.Type == TarEntryType.Directory,
                entry.Type == TarEntryType.HardLink && table.TryGet(entry.LinkTarget!, out var target)
                    ? target with { Entry = target.Entry with { Path = entry.Path } }
                    : own);
        }

        return table;
    }

    // Layers are seen from the top: what is already kept hides what comes now.
    private static void Collect(TarPathTable<Survivor> own, Dictionary<string, Survivor> kept)
    {
        var added = own.Entries.Where(e => e.Key.Length > 0 && !IsHidden(e.Key, kept)).Select(e => Resolve(e.Value, own)).ToList();
        foreach (var survivor in added)
        {
            kept[survivor.Entry.Path] = survivor;
        }
    }

    // A link may stand before the file that it leads to; one into a lower layer stays a link.
    private static Survivor Resolve(Survivor survivor, TarPathTable<Survivor> own)
    {
        var file = survivor;
        for (var hops = 0; file.Entry is { Type: TarEntryType.HardLink, LinkTarget: { } target } && hops < LongestChain; hops++)
        {
            if (!own.TryGet(target, out var next))
            {
                return survivor;
            }

            file = next;
        }

        return file with { Entry = file.Entry with { Path = survivor.Entry.Path } };
    }

    private static bool IsHidden(string path, Dictionary<string, Survivor> kept)
    {
        if (kept.ContainsKey(path) || kept.ContainsKey(WhiteoutOf(path)))
        {
            return true;
        }

        var name = path[(path.LastIndexOf('/') + 1)..];
        if (name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal) && name != OpaqueName
            && kept.ContainsKey(Join(ParentOf(path), name[WhiteoutPrefix.Length..])))
        {
            // The upper layer makes the file anew. A directory made anew is opaque in its own right, unless it merges.
            return kept[Join(ParentOf(path), name[WhiteoutPrefix.Length..])].Entry.Type != TarEntryType.Directory;
        }

        for (var parent = ParentOf(path); parent is not null; parent = ParentOf(parent))
        {
            if ((kept.TryGetValue(parent, out var above) && above.Entry.Type != TarEntryType.Directory)
                || kept.ContainsKey(WhiteoutOf(parent)) || kept.ContainsKey(Join(parent, OpaqueName)))
            {
                return true;
            }
        }

        return false;
    }

    private static string? ParentOf(string path)
    {
        var slash = path.LastIndexOf('/');
        return slash < 0 ? null : path[..slash];
    }

    private static string Join(string? directory, string name) => directory is null ? name : directory + "/" + name;

    private static string WhiteoutOf(string path) => Join(ParentOf(path), WhiteoutPrefix + path[(path.LastIndexOf('/') + 1)..]);

    // Content: the number of the entry in its layer that holds the content.
    private sealed record Survivor(int Layer, TarEntry Entry, int Content);
}
