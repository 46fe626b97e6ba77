using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Configuration;

/// <summary>How the images of one prefix are reached (<c>[[registry]]</c> of containers-registries.conf(5)).</summary>
internal sealed record RegistryRule
{
    /// <summary>What the canonical name begins with: <c>docker.io</c>, <c>ghcr.io/org</c>, <c>*.example.com</c>.</summary>
    public required string Prefix { get; init; }

    /// <summary>What takes the place of the prefix when an image is pulled; null changes nothing.</summary>
    public string? Location { get; init; }

    /// <summary>Allows plain HTTP and certificates that do not verify.</summary>
    public bool IsInsecure { get; init; }

    /// <summary>Refuses every pull and push.</summary>
    public bool IsBlocked { get; init; }

    /// <summary>Asked in this order before the registry itself; pushes never go to them.</summary>
    public IReadOnlyList<RegistryMirror> Mirrors { get; init => field = value.ToArray(); } = [];

    /// <summary>True for <c>*.example.com</c>.</summary>
    internal bool IsWildcard => Prefix.StartsWith("*.", StringComparison.Ordinal);

    /// <summary>How many characters of the name the rule matches; 0 when it does not match.</summary>
    internal int Match(ImageReference reference)
    {
        var name = reference.ToString();
        if (IsWildcard)
        {
            // The wildcard stands for whole labels of the host, at least one.
            var registry = reference.Registry;
            var (suffix, path) = Prefix.IndexOf('/', StringComparison.Ordinal) is var slash and > 0
                ? (Prefix[1..slash], Prefix[slash..])
                : (Prefix[1..], "");
            var host = suffix.Contains(':', StringComparison.Ordinal) ? registry : RegistryNames.Host(registry);
            return host.Length > suffix.Length && host.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
                && (path.Length == 0 || Continues(name[registry.Length..], path))
                ? host.Length + path.Length
                : 0;
        }

        return Continues(name, Prefix) ? Prefix.Length : 0;
    }

    private static bool Continues(string name, string prefix)
        => name.StartsWith(prefix, StringComparison.Ordinal) && (name.Length == prefix.Length || name[prefix.Length] is '/' or ':' or '@');
}
