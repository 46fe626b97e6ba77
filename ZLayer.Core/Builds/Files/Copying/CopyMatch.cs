namespace ZLayer.Core.Builds.Files;

/// <summary>A file or directory that a source named or its pattern matched, with everything below that is to be copied.</summary>
internal sealed class CopyMatch
{
    public required CopySource Source { get; init; }

    /// <summary>
    /// The last segment of the path as named: the name of a link that was followed, not of its target. Empty for the root.
    /// </summary>
    public required string Name { get; init; }

    /// <summary>The file itself first, then what is below, each after its directory, siblings in ordinal order.</summary>
    public required CopyItem[] Items
    {
        get;
        init
        {
            field = value;
            Contents = new KnownContent[value.Length];
            IsKnown = new bool[value.Length];
        }
    }

    /// <summary>What is known of the content of each item; meaningful where <see cref="IsKnown"/> says so.</summary>
    public KnownContent[] Contents { get; private init; } = [];

    /// <summary>Whether the content of each item is known. What is no regular file counts as known.</summary>
    public bool[] IsKnown { get; private init; } = [];

    public FileNode Root => Items[0].Node;

    /// <summary>Asks the trees for the digests that they know.</summary>
    public void LookUp()
    {
        for (var i = 0; i < Items.Length; i++)
        {
            var node = Items[i].Node;
            IsKnown[i] = !node.IsFile || node.Tree.TryGetKnown(node, out Contents[i]);
            if (!IsKnown[i] && node.Size == 0)
            {
                Contents[i] = FileHasher.Empty;
                IsKnown[i] = true;
            }
        }
    }

    /// <summary>Takes in what reading an item told.</summary>
    public void SetContent(int item, in KnownContent content)
    {
        Contents[item] = content;
        IsKnown[item] = true;
        Items[item].Node.Tree.Remember(Items[item].Node, content);
    }

    /// <summary>The path of an item relative to the match.</summary>
    public ReadOnlySpan<char> RelativePath(in CopyItem item)
    {
        var path = item.Node.Path.AsSpan();
        return ReferenceEquals(item.Node, Root) ? default : Root.Path.Length == 0 ? path : path[(Root.Path.Length + 1)..];
    }
}

/// <summary>One file of a match.</summary>
/// <param name="Node">The file.</param>
/// <param name="Parent">The index of its directory among the items; -1 for the match itself.</param>
/// <param name="OnlyAsParent">True for a directory that is there only because something below it is to be copied.</param>
internal readonly record struct CopyItem(FileNode Node, int Parent, bool OnlyAsParent);
