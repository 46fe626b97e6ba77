using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.ManifestLists;

/// <summary>What an entry of a manifest list says otherwise than its image does. Members that are null stay as they are.</summary>
public sealed record ManifestEntryChange
{
    /// <summary>The operating system.</summary>
    public string? Os { get; init; }

    /// <summary>The CPU architecture.</summary>
    public string? Architecture { get; init; }

    /// <summary>The variant of the architecture; empty removes it.</summary>
    public string? Variant { get; init; }

    /// <summary>The version of the operating system; empty removes it.</summary>
    public string? OsVersion { get; init; }

    /// <summary>Features of the operating system that the image needs; an empty list removes them.</summary>
    public IReadOnlyList<string>? OsFeatures { get; init => field = value?.ToArray(); }

    /// <summary>Features of the CPU that the image needs; an empty list removes them.</summary>
    public IReadOnlyList<string>? Features { get; init => field = value?.ToArray(); }

    /// <summary>Annotations to set; one with an empty value is removed.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>True when something about the platform changes.</summary>
    public bool ChangesPlatform
        => (Os ?? Architecture ?? Variant ?? OsVersion) is not null || OsFeatures is not null || Features is not null;

    /// <summary>The change that gives an entry this platform.</summary>
    public static ManifestEntryChange ToPlatform(Platform platform)
    {
        ArgumentNullException.ThrowIfNull(platform);
        return new ManifestEntryChange
        {
            Os = platform.Os,
            Architecture = platform.Architecture,
            Variant = platform.Variant ?? "",
            OsVersion = platform.OsVersion,
            OsFeatures = platform.OsFeatures,
            Features = platform.Features,
        };
    }

    /// <summary>The entry after the change.</summary>
    internal Descriptor Apply(Descriptor entry)
    {
        var annotations = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in (entry.Annotations ?? new Dictionary<string, string>()).Concat(Annotations))
        {
            annotations[key] = value;
        }

        foreach (var key in Annotations.Where(a => a.Value.Length == 0).Select(a => a.Key))
        {
            annotations.Remove(key);
        }

        return entry with
        {
            Platform = ChangesPlatform ? Apply(entry.Platform) : entry.Platform,
            Annotations = annotations.Count == 0 ? null : annotations,
        };
    }

    private Platform Apply(Platform? platform)
    {
        platform ??= new Platform { Os = "linux", Architecture = "amd64" };
        return platform with
        {
            Os = Os ?? platform.Os,
            Architecture = Architecture ?? platform.Architecture,
            Variant = Choose(Variant, platform.Variant),
            OsVersion = Choose(OsVersion, platform.OsVersion),
            OsFeatures = Choose(OsFeatures, platform.OsFeatures),
            Features = Choose(Features, platform.Features),
        };
    }

    private static string? Choose(string? wanted, string? current) => wanted is null ? current : wanted.Length == 0 ? null : wanted;

    private static IReadOnlyList<string>? Choose(IReadOnlyList<string>? wanted, IReadOnlyList<string>? current)
        => wanted is null ? current : wanted.Count == 0 ? null : wanted;
}
