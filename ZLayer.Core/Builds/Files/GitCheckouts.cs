using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Files;

/// <summary>Checks out commits of git repositories, each once: a checkout is kept by repository and commit, and its files have the commit's time.</summary>
internal sealed class GitCheckouts(StoreLayout layout, IReadOnlyDictionary<string, string> environment)
{
    private const int CommitLength = 40;
    private const int LongCommitLength = 64;
    private readonly GitCommand _git = new(environment);

    /// <summary>Fetches a repository as the source of an ADD.</summary>
    public async Task<CopySource> FetchAsync(GitReference reference, RemoteSourceOptions options, CancellationToken cancellationToken)
    {
        if (reference.KeepGitDirectory is { } asked && options.KeepGitDirectory is { } flag && asked != flag)
        {
            throw Failure(reference, options, "--keep-git-dir and the repository's keep-git-dir contradict each other", []);
        }

        var keepsGit = options.KeepGitDirectory ?? reference.KeepGitDirectory ?? false;
        var commit = await ResolveAsync(reference, options, cancellationToken).ConfigureAwait(false);
        RequireChecksum(reference, options, commit);
        var directory = await CheckOutAsync(reference, options, commit, keepsGit, cancellationToken).ConfigureAwait(false);
        return Open(reference, options, directory);
    }

    private static CopySource Open(GitReference reference, RemoteSourceOptions options, string directory)
    {
        var treeOptions = new DirectoryTreeOptions { Description = $"the repository {reference.Title}" };
        if (reference.Directory.Length > 0)
        {
            using var whole = new DirectoryTree(directory, treeOptions);
            var path = FileTreePaths.Resolve(whole, reference.Directory);
            directory = whole.Find(path) is { IsDirectory: true }
                ? Path.Combine(directory, path)
                : throw Failure(reference, options, $"it has no directory '{reference.Directory}'", []);
        }

        return new CopySource(new DirectoryTree(directory, treeOptions), "") { Title = reference.Title, IsPattern = false, ResetOwner = true };
    }

    private async Task<string> ResolveAsync(GitReference reference, RemoteSourceOptions options, CancellationToken cancellationToken)
    {
        var name = reference.Reference ?? "HEAD";
        if (IsCommit(name))
        {
            return name;
        }

        var result = await _git.RunAsync(null, ["ls-remote", "--", reference.Remote, name, name + "^{}"], cancellationToken).ConfigureAwait(false);
        if (!result.Succeeded)
        {
            throw Failure(reference, options, "git cannot read the repository", result.Errors);
        }

        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split('\t') is [var hash, var full] && IsCommit(hash))
            {
                found[full] = hash;
            }
        }

        // Branches come before tags, as in git checkout; of an annotated tag the commit is meant.
        string[] order = [name + "^{}", name, $"refs/{name}^{{}}", $"refs/{name}", $"refs/heads/{name}", $"refs/tags/{name}^{{}}", $"refs/tags/{name}"];
        return order.Select(o => found.GetValueOrDefault(o)).FirstOrDefault(h => h is not null)
            ?? throw Failure(reference, options, $"it has no reference '{name}'", []);
    }

    private static void RequireChecksum(GitReference reference, RemoteSourceOptions options, string commit)
    {
        foreach (var expected in new[] { options.Checksum, reference.Checksum })
        {
            if (expected is not null && !commit.StartsWith(expected, StringComparison.OrdinalIgnoreCase))
            {
                throw new ZLayerException(
                    ZLayerErrorKind.DigestMismatch,
                    $"ADD {reference.Title}: '{reference.Reference ?? "HEAD"}' is commit {commit}, and {expected} is expected ({options.Location}).")
                {
                    Subject = options.Location.ToString(),
                    Advice = "Correct the checksum, or find out why the reference moved.",
                };
            }
        }
    }

    private async Task<string> CheckOutAsync(
        GitReference reference, RemoteSourceOptions options, string commit, bool keepsGit, CancellationToken cancellationToken)
    {
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{reference.Remote}\n{commit}\n{keepsGit}\n{reference.Submodules}\n{(keepsGit ? reference.Reference : "")}"));
        layout.EnsureCreated();
        var parent = Path.Combine(layout.Cache, "git");
        var final = Path.Combine(parent, Convert.ToHexStringLower(key.AsSpan(0, 16)));
        if (Directory.Exists(final))
        {
            return final;
        }

        Directory.CreateDirectory(parent);
        var staged = Path.Combine(parent, $".{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(staged);
            await FillAsync(staged, reference, options, commit, cancellationToken).ConfigureAwait(false);
            await FinishAsync(staged, keepsGit, cancellationToken).ConfigureAwait(false);
            return Publish(staged, final);
        }
        finally
        {
            if (Directory.Exists(staged))
            {
                Directory.Delete(staged, recursive: true);
            }
        }
    }

    // Another process may have published the same checkout meanwhile: then that one is it.
    private static string Publish(string staged, string final)
    {
        try
        {
            Directory.Move(staged, final);
        }
        catch (IOException) when (Directory.Exists(final))
        {
        }

        return final;
    }

    private async Task FillAsync(
        string directory, GitReference reference, RemoteSourceOptions options, string commit, CancellationToken cancellationToken)
    {
        await RequireAsync(["init", "-q", "."]).ConfigureAwait(false);
        await RequireAsync(["remote", "add", "origin", reference.Remote]).ConfigureAwait(false);

        // The commit alone; then what servers that do not give single commits, or no shallow ones, give.
        var everything = new[] { "+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*" };
        string[][] attempts =
        [
            ["fetch", "-q", "--no-tags", "--depth=1", "origin", commit],
            ["fetch", "-q", "--no-tags", "origin", .. everything, .. reference.Reference is { } name && !IsCommit(name) ? [name] : (string[])[]],
        ];
        var result = new GitResult(false, "", []);
        foreach (var attempt in attempts)
        {
            result = await _git.RunAsync(directory, attempt, cancellationToken).ConfigureAwait(false);
            if (result.Succeeded)
            {
                break;
            }
        }

        if (!result.Succeeded)
        {
            throw Failure(reference, options, "git cannot fetch it", result.Errors);
        }

        await RequireAsync(["checkout", "-q", "--detach", commit]).ConfigureAwait(false);
        if (reference.Submodules && File.Exists(Path.Combine(directory, ".gitmodules")))
        {
            await RequireAsync(["submodule", "update", "-q", "--init", "--recursive", "--depth=1"]).ConfigureAwait(false);
        }

        async Task RequireAsync(string[] arguments)
        {
            var done = await _git.RunAsync(directory, arguments, cancellationToken).ConfigureAwait(false);
            if (!done.Succeeded)
            {
                throw Failure(reference, options, $"git {arguments[0]} failed", done.Errors);
            }
        }
    }

    private async Task FinishAsync(string directory, bool keepsGit, CancellationToken cancellationToken)
    {
        var shown = await _git.RunAsync(directory, ["show", "-s", "--format=%ct", "HEAD"], cancellationToken).ConfigureAwait(false);
        var seconds = long.TryParse(shown.Output.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        if (!keepsGit)
        {
            RemoveGitDirectories(directory);
        }

        SetTimes(new DirectoryInfo(directory), DateTimeOffset.FromUnixTimeSeconds(seconds).UtcDateTime);
    }

    // Submodules have a file .git that names their directory; both are git's, not the project's.
    private static void RemoveGitDirectories(string directory)
    {
        Directory.Delete(Path.Combine(directory, ".git"), recursive: true);
        foreach (var path in Directory.EnumerateFiles(directory, ".git", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }))
        {
            File.Delete(path);
        }
    }

    private static void SetTimes(DirectoryInfo directory, DateTime time)
    {
        foreach (var entry in directory.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo { LinkTarget: null } inside)
            {
                SetTimes(inside, time);
            }
            else
            {
                entry.LastWriteTimeUtc = time;
            }
        }

        directory.LastWriteTimeUtc = time;
    }

    private static bool IsCommit(string text)
        => text.Length is CommitLength or LongCommitLength && text.All(char.IsAsciiHexDigit);

    private static ZLayerException Failure(GitReference reference, RemoteSourceOptions options, string reason, IReadOnlyList<string> details)
        => new(ZLayerErrorKind.BuildStepInvalid, $"ADD {reference.Title}: {reason} ({options.Location}).{(details.Count > 0 ? " " + Redact(reference, details[^1]) : "")}")
        {
            Subject = options.Location.ToString(),
            Advice = "Check the address and the reference, and that the repository can be read without a password prompt.",
            Details = [.. details.Select(d => Redact(reference, d))],
        };

    private static string Redact(GitReference reference, string text) => text.Replace(reference.Remote, reference.Title, StringComparison.Ordinal);
}
