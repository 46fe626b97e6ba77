using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Configuration;

/// <summary>
/// What <c>registries.conf</c> (version 2) says about registries: mirrors, other locations, plain HTTP, blocked ones. The most specific
/// rule that matches an image counts. <c>unqualified-search-registries</c> and <c>aliases</c> are not looked at: short names are Docker's.
/// </summary>
internal sealed class RegistryRules
{
    private readonly IReadOnlyList<RegistryRule> _rules;

    /// <summary>Makes rules; of two with one prefix the later counts.</summary>
    public RegistryRules(IEnumerable<RegistryRule> rules)
    {
        ArgumentNullException.ThrowIfNull(rules);
        _rules = [.. rules.GroupBy(rule => rule.Prefix, StringComparer.Ordinal).Select(same => same.Last())];
    }

    /// <summary>No rules: every registry is reached under its own name.</summary>
    public static RegistryRules None { get; } = new([]);

    /// <summary>Where to ask for an image, in order: its mirrors, then its own place.</summary>
    /// <exception cref="ZLayerException">RegistryBlocked.</exception>
    internal IReadOnlyList<RegistryRoute> RoutesForPull(ImageReference reference)
    {
        if (Find(reference) is not var (rule, length))
        {
            return [new RegistryRoute(reference, false, false)];
        }

        var mirrors = rule.Mirrors
            .Where(mirror => mirror.PullFrom == MirrorUse.All
                || (mirror.PullFrom == MirrorUse.DigestOnly) == (reference.Digest is not null))
            .Select(mirror => new RegistryRoute(Rewrite(reference, length, mirror.Location), mirror.IsInsecure, true));
        return [.. mirrors, new RegistryRoute(
            rule.Location is { } location ? Rewrite(reference, length, location) : reference, rule.IsInsecure, false)];
    }

    /// <summary>Where to push to: what the name says.</summary>
    /// <exception cref="ZLayerException">RegistryBlocked.</exception>
    internal RegistryRoute RouteForPush(ImageReference reference)
        => new(reference, Find(reference)?.Rule.IsInsecure ?? false, false);

    private (RegistryRule Rule, int Length)? Find(ImageReference reference)
    {
        (RegistryRule Rule, int Length)? best = null;
        foreach (var rule in _rules)
        {
            var length = rule.Match(reference);
            // Where both match as much, a wildcard is the less specific one.
            if (length > 0 && (best is null || length > best.Value.Length || (length == best.Value.Length && !rule.IsWildcard)))
            {
                best = (rule, length);
            }
        }

        return best is { Rule.IsBlocked: true }
            ? throw new ZLayerException(
                ZLayerErrorKind.RegistryBlocked, $"{reference.ToFamiliarString()} is not used: registries.conf blocks '{best.Value.Rule.Prefix}'.")
            {
                Subject = reference.ToString(),
                Advice = "Take another registry, or ask whoever administers this machine.",
            }
            : best;
    }

    private static ImageReference Rewrite(ImageReference reference, int length, string location)
    {
        var text = location + reference.ToString()[length..];
        return ImageReference.TryParse(text, out var rewritten)
            ? rewritten
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"registries.conf makes '{text}' of {reference}, which is not an image reference.")
            {
                Subject = reference.ToString(),
                Advice = "Correct the location in registries.conf: host[:port][/path].",
            };
    }
}

/// <summary>One place to ask for an image.</summary>
internal sealed record RegistryRoute(ImageReference Reference, bool IsInsecure, bool IsMirror);
