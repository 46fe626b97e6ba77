using System.Diagnostics.CodeAnalysis;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Oci;

/// <summary>
/// Names an image: <c>registry/repository[:tag][@digest]</c>, with the normalisation that users know:
/// <c>nginx</c> is <c>docker.io/library/nginx:latest</c>. Grammar: the distribution project's reference package.
/// </summary>
public sealed record ImageReference : IComparable<ImageReference>
{
    /// <summary>The registry that names without one belong to.</summary>
    public const string DefaultRegistry = "docker.io";

    /// <summary>The tag of names without tag and digest.</summary>
    public const string DefaultTag = "latest";

    private const int MaximumNameLength = 255;
    private const string Library = "library/";

    private ImageReference(string registry, string repository, string? tag, Digest? digest)
    {
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Host and optional port: <c>docker.io</c>, <c>localhost:5000</c>.</summary>
    public string Registry { get; }

    /// <summary>The path in the registry: <c>library/nginx</c>.</summary>
    public string Repository { get; }

    /// <summary>The tag; null when only a digest was given.</summary>
    public string? Tag { get; }

    /// <summary>The digest, where the reference is pinned.</summary>
    public Digest? Digest { get; }

    /// <summary><c>registry/repository</c>.</summary>
    public string Name => $"{Registry}/{Repository}";

    /// <summary>The name as people write it: without <c>docker.io/</c> and <c>library/</c>.</summary>
    public string FamiliarName
        => Registry != DefaultRegistry ? Name
            // Of one name alone: "a/b" is another image than "library/a/b".
            : Repository.StartsWith(Library, StringComparison.Ordinal)
                && !Repository.AsSpan(Library.Length).Contains('/') ? Repository[Library.Length..]
            : Repository;

    /// <summary>What a registry is asked for: the digest where there is one, else the tag.</summary>
    public string Identifier => Digest?.ToString() ?? Tag ?? DefaultTag;

    /// <summary>Parses and normalises a reference.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidImageReference"/> saying which part is wrong.</exception>
    public static ImageReference Parse(string text)
    {
        var problem = TryParseCore(text, out var reference);
        if (reference is null
            && text.IndexOf("://", StringComparison.Ordinal) is > 0 and var scheme
            && TryParse(text[(scheme + 3)..], out _))
        {
            // What is no name behind it, either, is not repeated: it may hold a password.
            throw new ZLayerException(
                ZLayerErrorKind.InvalidImageReference, $"'{text}' is not an image reference: it begins with '{text[..(scheme + 3)]}'.")
            {
                Subject = text,
                Advice = $"Write the name without it: '{text[(scheme + 3)..]}'.",
            };
        }

        return reference ?? throw new ZLayerException(
            ZLayerErrorKind.InvalidImageReference, $"'{text}' is not an image reference: {problem}.")
        {
            Subject = text,
            Advice = "Write [registry/]repository[:tag][@digest], such as 'nginx:1.27' or 'localhost:5000/team/app:1.0'.",
        };
    }

    /// <summary>Parses as <see cref="Parse"/> does; false when the text is not a reference.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ImageReference? reference)
    {
        TryParseCore(text, out reference);
        return reference is not null;
    }

    /// <summary>The same name with another tag and no digest.</summary>
    public ImageReference WithTag(string tag) => Parse($"{Name}:{tag}");

    /// <summary>The same name pinned to a digest, without a tag.</summary>
    public ImageReference WithDigest(Digest digest) => new(Registry, Repository, null, digest);

    /// <inheritdoc/>
    public int CompareTo(ImageReference? other) => string.CompareOrdinal(ToString(), other?.ToString());

    /// <summary>The canonical text: <c>docker.io/library/nginx:latest</c>.</summary>
    public override string ToString()
        => Name + (Tag is null ? "" : ":" + Tag) + (Digest is { } digest ? "@" + digest : "");

    /// <summary>The text as people write it: <c>nginx:latest</c>.</summary>
    public string ToFamiliarString()
        => FamiliarName + (Tag is null ? "" : ":" + Tag) + (Digest is { } digest ? "@" + digest : "");

    private static string? TryParseCore(string? text, out ImageReference? reference)
    {
        reference = null;
        if (string.IsNullOrWhiteSpace(text))
        {
            return "it is empty";
        }

        var rest = text;
        Digest? digest = null;
        var at = rest.IndexOf('@', StringComparison.Ordinal);
        if (at >= 0)
        {
            if (!Oci.Digest.TryParse(rest[(at + 1)..], out var parsed))
            {
                return $"'{rest[(at + 1)..]}' is not a digest";
            }

            digest = parsed;
            rest = rest[..at];
        }

        string? tag = null;
        var colon = rest.LastIndexOf(':');
        if (colon > rest.LastIndexOf('/'))
        {
            tag = rest[(colon + 1)..];
            if (!IsTag(tag))
            {
                return $"'{tag}' is not a tag (letters, digits, '_', '.', '-', at most 128, not starting with '.' or '-')";
            }

            rest = rest[..colon];
        }

        if (digest is null && Oci.Digest.TryParse("sha256:" + rest, out _))
        {
            return "64 hexadecimal characters are an image id, not a name";
        }

        var (registry, repository) = SplitRegistry(rest);
        var problem = CheckRegistry(registry) ?? CheckRepository(repository);
        if (problem is null)
        {
            reference = new ImageReference(registry, repository, tag ?? (digest is null ? DefaultTag : null), digest);
        }

        return problem;
    }

    private static (string Registry, string Repository) SplitRegistry(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : name[..slash];
        var isHost = first.Length > 0
            && (first.Contains('.', StringComparison.Ordinal) || first.Contains(':', StringComparison.Ordinal)
                || first == "localhost" || first.Any(char.IsAsciiLetterUpper));
        var registry = isHost ? first : DefaultRegistry;
        var repository = isHost ? name[(slash + 1)..] : name;
        if (registry is "index.docker.io" or "registry-1.docker.io")
        {
            registry = DefaultRegistry;
        }

        return registry == DefaultRegistry && !repository.Contains('/', StringComparison.Ordinal)
            ? (registry, Library + repository)
            : (registry, repository);
    }

    private static string? CheckRegistry(string registry)
    {
        var host = registry;
        if (registry.StartsWith('['))
        {
            var close = registry.IndexOf(']', StringComparison.Ordinal);
            return close > 0 && System.Net.IPAddress.TryParse(registry[1..close], out _)
                && (close + 1 == registry.Length || IsPort(registry[(close + 1)..]))
                ? null
                : $"'{registry}' is not a registry host";
        }

        var colon = registry.IndexOf(':', StringComparison.Ordinal);
        if (colon >= 0)
        {
            if (!IsPort(registry[colon..]))
            {
                return $"'{registry[(colon + 1)..]}' is not a port";
            }

            host = registry[..colon];
        }

        return host.Split('.').All(IsHostLabel) ? null : $"'{host}' is not a registry host";
    }

    private static bool IsPort(string text)
        => text.Length > 1 && text[0] == ':' && ushort.TryParse(text.AsSpan(1), System.Globalization.NumberStyles.None, null, out _);

    private static bool IsHostLabel(string label)
        => label.Length > 0 && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') && label[0] != '-' && label[^1] != '-';

    private static string? CheckRepository(string repository)
    {
        if (repository.Length == 0)
        {
            return "it has no repository name";
        }

        if (repository.Length > MaximumNameLength)
        {
            return $"the repository name is longer than {MaximumNameLength} characters";
        }

        if (repository.Any(char.IsAsciiLetterUpper))
        {
            return "the repository name must be lower case";
        }

        foreach (var component in repository.Split('/'))
        {
            if (!IsPathComponent(component))
            {
                return component.Length == 0
                    ? "it has an empty path component"
                    : $"'{component}' is not a path component (lower-case letters and digits, separated by '.', '_', '__' or '-')";
            }
        }

        return null;
    }

    // path-component := alpha-numeric (separator alpha-numeric)*; separator := [_.] | "__" | [-]*
    private static bool IsPathComponent(string text)
    {
        var i = 0;
        while (true)
        {
            var start = i;
            while (i < text.Length && (char.IsAsciiLetterLower(text[i]) || char.IsAsciiDigit(text[i])))
            {
                i++;
            }

            if (i == start)
            {
                return false;
            }

            if (i == text.Length)
            {
                return true;
            }

            var separator = i;
            while (i < text.Length && text[i] == text[separator])
            {
                i++;
            }

            var count = i - separator;
            var valid = text[separator] switch { '.' => count == 1, '_' => count <= 2, '-' => true, _ => false };
            if (!valid)
            {
                return false;
            }
        }
    }

    /// <summary>True for a tag that the OCI distribution specification allows.</summary>
    internal static bool IsTag(string tag)
        => tag.Length is > 0 and <= 128 && tag[0] is not ('.' or '-')
            && tag.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
}
