namespace ZLayer.Core.Oci;

/// <summary>Chooses among platforms: which ones fit, and which fits best.</summary>
internal static class PlatformMatch
{
    /// <summary>
    /// How well an image for <paramref name="offered"/> serves a request for <paramref name="wanted"/>: 0 when it does not run there,
    /// otherwise more is better. Both may be in any spelling.
    /// </summary>
    public static int Score(Platform wanted, Platform offered)
    {
        ArgumentNullException.ThrowIfNull(wanted);
        ArgumentNullException.ThrowIfNull(offered);
        var want = wanted.Normalize();
        var have = offered.Normalize();
        if (want.Os != have.Os || want.Architecture != have.Architecture)
        {
            return 0;
        }

        var variant = VariantScore(want, have);
        var version = VersionScore(want.OsVersion, have.OsVersion);
        return variant == 0 || version == 0 ? 0 : (variant * 10) + version;
    }

    /// <summary>
    /// The best of <paramref name="candidates"/> for <paramref name="wanted"/>, the first of equals; null when none fits.
    /// </summary>
    public static T? Best<T>(Platform wanted, IEnumerable<T> candidates, Func<T, Platform?> platformOf)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(platformOf);
        T? best = null;
        var bestScore = 0;
        foreach (var candidate in candidates)
        {
            var score = platformOf(candidate) is { } platform ? Score(wanted, platform) : 0;
            if (score > bestScore)
            {
                (best, bestScore) = (candidate, score);
            }
        }

        return best;
    }

    private static int VariantScore(Platform want, Platform have)
    {
        if (want.Variant == have.Variant)
        {
            return 100;
        }

        var wanted = VariantNumber(want);
        var offered = VariantNumber(have);
        return wanted is null || offered is null || offered > wanted ? 0 : 100 - (wanted.Value - offered.Value);
    }

    // A missing variant is the base of the architecture: amd64 is v1, arm64 is v8.
    private static int? VariantNumber(Platform platform)
        => (platform.Architecture, platform.Variant) switch
        {
            ("amd64", null) => 1,
            ("arm64", null) => 8,
            (_, { } text) when text.Length > 1 && text[0] == 'v'
                && int.TryParse(text.AsSpan(1).ToString().Split('.')[0], out var number) => number,
            _ => null,
        };

    private static int VersionScore(string? want, string? have)
    {
        if (string.IsNullOrEmpty(want) || want == have)
        {
            return 2;
        }

        // Windows images run on hosts of the same build: major.minor.build.
        return have is not null && want.Split('.').Take(3).SequenceEqual(have.Split('.').Take(3)) ? 1 : 0;
    }
}
