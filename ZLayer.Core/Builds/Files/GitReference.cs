using System.Text.RegularExpressions;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// A git repository as ADD and build contexts name it: <c>https://host/path.git#ref:subdirectory</c>, <c>git@host:path#…</c>, <c>ssh://</c>,
/// <c>git://</c>, or with a query: <c>?ref=…&amp;subdir=…</c> (BuildKit, "git source").
/// </summary>
internal sealed partial record GitReference
{
    /// <summary>What git is given: without fragment and query.</summary>
    public required string Remote { get; init; }

    /// <summary>A branch, tag, full reference or commit; null for the default branch.</summary>
    public string? Reference { get; init; }

    /// <summary>The clean path of the directory that is meant; empty for the root.</summary>
    public string Directory { get; init; } = "";

    /// <summary>The beginning of the commit that the reference must be.</summary>
    public string? Checksum { get; init; }

    public bool? KeepGitDirectory { get; init; }

    public bool Submodules { get; init; } = true;

    /// <summary>The remote without a user's password, for messages.</summary>
    public string Title => Password().Replace(Remote, "$1***@");

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
        var (remote, query, fragment) = Split(source);
        var colon = fragment.IndexOf(':', StringComparison.Ordinal);
        var reference = new GitReference
        {
            Remote = remote,
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

        if (reference.Reference is { } text && (text.StartsWith('-') || text.Any(c => char.IsWhiteSpace(c) || "~^?*[\\".Contains(c, StringComparison.Ordinal))))
        {
            throw Failure(reference, location, $"'{text}' is no reference");
        }

        return reference.Remote.StartsWith('-') ? throw Failure(reference, location, "this is no repository") : reference;
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
                throw Failure(this, location, value.Length == 0 ? $"the query '{name}' has no value" : $"the query '{name}={value}' is not known");
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

    [GeneratedRegex("(://[^/@:]*:)[^/@]*@", RegexOptions.CultureInvariant)]
    private static partial Regex Password();
}
