namespace ZLayer.Core.Layers;

/// <summary>What <see cref="LayerMerge"/> keeps.</summary>
internal sealed record LayerMergeOptions
{
    /// <summary>True keeps whiteouts, so that the result still hides what lies below; false gives a complete file system.</summary>
    public bool KeepWhiteouts { get; init; } = true;

    /// <summary>When set, every entry gets this modification time.</summary>
    public DateTimeOffset? ModificationTime { get; init; }

    /// <summary>Put before every path: <c>linux_amd64</c>.</summary>
    public string PathPrefix { get; init; } = "";

    /// <summary>
    /// For Windows layers: gives the files that the image has, without the directory <see cref="WindowsLayer.FilesDirectory"/> around them,
    /// and without what only Windows reads: the registry beside it, attributes and security descriptors.
    /// </summary>
    public bool UnwrapsWindowsFiles { get; init; }

    /// <summary>Hears of every entry before it is written.</summary>
    internal Action<TarEntry>? Writing { get; init; }

    internal bool Keeps(TarEntry entry)
        => !UnwrapsWindowsFiles || entry.Path.StartsWith(WindowsLayer.FilesDirectory + "/", StringComparison.Ordinal);

    internal TarEntry Adapt(TarEntry entry)
    {
        if (UnwrapsWindowsFiles)
        {
            entry = WindowsLayer.Unwrap(entry);
        }

        if (ModificationTime is null && PathPrefix.Length == 0)
        {
            return entry;
        }

        return entry with
        {
            Path = Prefix(entry.Path),
            LinkTarget = entry.Type == TarEntryType.HardLink ? Prefix(entry.LinkTarget!) : entry.LinkTarget,
            ModificationTime = ModificationTime ?? entry.ModificationTime,
        };
    }

    private string Prefix(string path) => PathPrefix.Length == 0 ? path : $"{PathPrefix}/{path}";
}
