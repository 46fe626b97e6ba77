using System.Text.RegularExpressions;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// A git repository as ADD and build contexts name it: <c>https://host/path.git#ref:subdirectory</c>, <c>git@host:path#…</c>,
/// <c>ssh://</c>, <c>git://</c>, or with a query: <c>?ref=…&amp;subdir=…</c> (BuildKit, "git source").
/// </summary>
internal sealed partial record GitReference
{
    /// <summary>What git is given: without fragment, query and credentials.</summary>
    public required string Remote { get; init; }

    /// <summary>Who asks for it; null for nobody, or whoever the machine's ssh is.</summary>
    public GitCredentials? Credentials { get; init; }

    /// <summary>A branch, tag, full reference or commit; null for the default branch.</summary>
    public string? Reference { get; init; }

    /// <summary>The clean path of the directory that is meant; empty for the root.</summary>
    public string Directory { get; init; } = "";

    /// <summary>The beginning of the commit that the reference must be.</summary>
    public string? Checksum { get; init; }

    public bool? KeepGitDirectory { get; init; }

    public bool Submodules { get; init; } = true;

    /// <summary>The remote as it is shown: BuildKit's form, in which one sees that there were credentials.</summary>
    public string Title => Credentials is null ? Remote : AddressRedaction.Redact(Credentials.InAddress(Remote));

    /// <summary>Says whether a source is a git repository: an http URL is one when its path ends in <c>.git</c>.</summary>
    public static bool IsGit(string source)
    {
        if (Url().Match(source) is { Success: true } url)
        {
            return url.Groups["scheme"].Value.ToUpperInvariant() switch
            {
                "GIT" or "SSH" => true,
                "HTTP" or "HTTPS" => Split(source).Remote.EndsWith(".git", StringComparison.Ordinal),
                _ => false,
            };
        }

        return ScpStyle().IsMatch(source);
    }

    /// <summary>Reads a source.</summary>
    /// <exception cref="ZLayerException">BuildStepInvalid: the query is wrong.</exception>
    public static GitReference Parse(string source, SourceLocation location)
    {
        var (address, query, fragment) = Split(source);
        var (remote, credentials) = TakeCredentials(address, location);
        var colon = fragment.IndexOf(':', StringComparison.Ordinal);
        var reference = new GitReference
        {
            Remote = remote,
            Credentials = credentials,
            Reference = NullIfEmpty(colon < 0 ? fragment : fragment[..colon]),
            Directory = colon < 0 ? "" : FileTreePaths.Clean(fragment[(colon + 1)..]),
        };
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = Uri.UnescapeDataString(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : Uri.UnescapeDataString(pair[(equals + 1)..].Replace('+', ' '));
            reference = reference.With(name, value, location);
        }

        if (reference.Reference is { } text && !IsReferenceName(text))
        {
            throw Failure(reference, location, $"'{text}' is not a reference");
        }

        return reference;
    }

    // What git check-ref-format(1) forbids, and what git would take for an option or a refspec.
    private static bool IsReferenceName(string text)
        => !text.StartsWith('-')
            && !text.StartsWith('+')
            && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c) || "~^:?*[\\".Contains(c, StringComparison.Ordinal))
            && !text.Contains("..", StringComparison.Ordinal) && !text.Contains("@{", StringComparison.Ordinal);

    /// <summary>
    /// Takes the user information out of an address. A password would stand in the arguments of git and its children, and in the
    /// configuration of a repository that is kept; ssh has no use for one.
    /// </summary>
    private static (string Remote, GitCredentials? Credentials) TakeCredentials(string address, SourceLocation location)
    {
        if (Url().Match(address) is not { Success: true } url)
        {
            return (address, null);
        }

        var scheme = url.Groups["scheme"].Value.ToLowerInvariant();
        var rest = address[url.Length..];
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var at = (slash < 0 ? rest : rest[..slash]).LastIndexOf('@');
        var userInfo = rest[..Math.Max(0, at)];
        var host = rest[(at + 1)..];
        var colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        var user = colon < 0 ? userInfo : userInfo[..colon];
        var name = host[..(host.IndexOf('/', StringComparison.Ordinal) is var end and >= 0 ? end : host.Length)];
        if (!HostName().IsMatch(name) || user.StartsWith('-'))
        {
            throw Failure(new GitReference { Remote = $"{scheme}://{host}" }, location, "this is not a repository");
        }

        return scheme is "http" or "https"
            ? ($"{scheme}://{host}", at < 0 ? null : GitCredentials.Read(user, colon < 0 ? "" : userInfo[(colon + 1)..], location))
            : ($"{scheme}://{(user.Length > 0 ? user + "@" : "")}{host}", null);
    }

    private GitReference With(string name, string value, SourceLocation location)
    {
        switch (name)
        {
            case "ref" or "tag" or "branch" when value.Length > 0:
                var prefix = name switch { "tag" => "refs/tags/", "branch" => "refs/heads/", _ => "" };
                var full = value.StartsWith(prefix, StringComparison.Ordinal) ? value : prefix + value;
                return Reference is null || Reference == full
                    ? this with { Reference = full }
                    : throw Failure(this, location, $"the references '{Reference}' and '{full}' contradict each other");
            case "subdir" when value.Length > 0:
                var directory = FileTreePaths.Clean(value);
                return Directory.Length == 0 || Directory == directory
                    ? this with { Directory = directory }
                    : throw Failure(this, location, $"the directories '{Directory}' and '{directory}' contradict each other");
            case "checksum" or "commit" when value.Length > 0:
                return this with { Checksum = value };
            case "keep-git-dir":
                return this with { KeepGitDirectory = ParseFlag(name, value, location) };
            case "submodules":
                return this with { Submodules = ParseFlag(name, value, location) };
            case "mtime" when value is "checkout" or "commit":
            case "fetch-by-commit":
                return this; // Times are those of the commit either way, and a commit is always asked for first.
            default:
                throw Failure(
                    this, location, value.Length == 0 ? $"the query '{name}' has no value" : $"the query '{name}={value}' is not known");
        }
    }

    private bool ParseFlag(string name, string value, SourceLocation location) => value switch
    {
        "" or "1" or "t" or "T" or "true" or "True" or "TRUE" => true,
        "0" or "f" or "F" or "false" or "False" or "FALSE" => false,
        _ => throw Failure(this, location, $"the query '{name}={value}' is neither true nor false"),
    };

    private static (string Remote, string Query, string Fragment) Split(string source)
    {
        var hash = source.IndexOf('#', StringComparison.Ordinal);
        var fragment = hash < 0 ? "" : source[(hash + 1)..];
        var rest = hash < 0 ? source : source[..hash];
        var question = rest.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? (rest, "", fragment) : (rest[..question], rest[(question + 1)..], fragment);
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static ZLayerException Failure(GitReference reference, SourceLocation location, string reason)
        => new(ZLayerErrorKind.BuildStepInvalid, $"ADD {reference.Title}: {reason} ({location}).")
        {
            Subject = location.ToString(),
            Advice = "Write the repository as https://host/path.git#reference:directory.",
        };

    [GeneratedRegex("^(?<scheme>[a-zA-Z0-9]+)://", RegexOptions.CultureInvariant)]
    private static partial Regex Url();

    [GeneratedRegex("^[a-zA-Z0-9_-]+@[a-zA-Z0-9.-]+:.+$", RegexOptions.CultureInvariant)]
    private static partial Regex ScpStyle();

    [GeneratedRegex(@"^(?!-)[\p{L}\p{N}._-]+(:[0-9]*)?\z|^\[[0-9a-fA-F:.%]+\](:[0-9]*)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex HostName();
}
