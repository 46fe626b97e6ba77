using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Layers;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// Checks out commits of git repositories, each once: a checkout is kept by repository and commit, and its files have the commit's time.
/// </summary>
internal sealed class GitCheckouts(StoreLayout layout, IReadOnlyDictionary<string, string> environment)
{
    private const int CommitLength = 40;
    private const int LongCommitLength = 64;
    private static readonly byte[] GitName = LinuxFiles.ToName(".git");

    /// <summary>Fetches a repository as the source of an ADD.</summary>
    public async Task<CopySource> FetchAsync(GitReference reference, RemoteSourceOptions options, CancellationToken cancellationToken)
    {
        if (reference.KeepGitDirectory is { } asked && options.KeepGitDirectory is { } flag && asked != flag)
        {
            throw Failure(reference, options, "--keep-git-dir and the repository's keep-git-dir contradict each other", []);
        }

        if (!OperatingSystem.IsLinux())
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"ADD {reference.Title}: git repositories need Linux ({options.Location}).")
            { Subject = options.Location.ToString() };
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

        return new CopySource(new DirectoryTree(directory, treeOptions), "")
        {
            Title = reference.Title,
            IsPattern = false,
            ResetOwner = true,
        };
    }

    private async Task<string> ResolveAsync(GitReference reference, RemoteSourceOptions options, CancellationToken cancellationToken)
    {
        var name = reference.Reference ?? "HEAD";
        if (IsCommit(name))
        {
            return name;
        }

        var result = await GitFor(reference).RunAsync(
            null, ["ls-remote", "--", reference.Remote, name, name + "^{}"], cancellationToken).ConfigureAwait(false);
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
        // Not the credentials: the commit says what it is, and tokens change from build to build.
        var key = SHA256.HashData(
            Encoding.UTF8.GetBytes(
                $"{reference.Remote}\n{commit}\n{keepsGit}\n{reference.Submodules}\n{(keepsGit ? reference.Reference : "")}"));
        layout.EnsureCreated();
        var parent = Path.Combine(layout.Cache, "git");
        var final = Path.Combine(parent, Convert.ToHexStringLower(key.AsSpan(0, 16)));
        if (Directory.Exists(final))
        {
            return final;
        }

        // Of a process that is killed in the middle, collection takes the directory away.
        using var work = WorkDirectory.Create(layout, "git");
        var staged = Path.Combine(work.Path, "checkout");
        Directory.CreateDirectory(parent);
        Directory.CreateDirectory(staged);
        await FillAsync(staged, reference, options, commit, cancellationToken).ConfigureAwait(false);
        await FinishAsync(staged, reference, keepsGit, cancellationToken).ConfigureAwait(false);
        return Publish(staged, final);
    }

    // Another process may have published the same checkout meanwhile: then that one is it.
    private static string Publish(string staged, string final)
    {
        try
        {
            Directory.Move(staged, final);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e) && Directory.Exists(final))
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
        await RequireOneAsync(
            "git cannot fetch it",
            ["fetch", "-q", "--no-tags", "--depth=1", "origin", commit],
            ["fetch", "-q", "--no-tags", "origin", .. everything, .. reference.Reference is { } name && !IsCommit(name)
                ? [name]
                : (string[])[]]).ConfigureAwait(false);
        await RequireAsync(["checkout", "-q", "--detach", commit]).ConfigureAwait(false);

        // Where nobody has such a commit, a branch or tag of that name would do for git.
        var head = await GitFor(reference).RunAsync(directory, ["rev-parse", "--verify", "HEAD"], cancellationToken).ConfigureAwait(false);
        if (!head.Output.Trim().Equals(commit, StringComparison.OrdinalIgnoreCase))
        {
            throw Failure(reference, options, $"it has no commit {commit}", []);
        }

        if (reference.Submodules && File.Exists(Path.Combine(directory, ".gitmodules")))
        {
            string[] update = ["submodule", "update", "-q", "--init", "--recursive"];
            await RequireOneAsync("git submodule failed", [.. update, "--depth=1"], update).ConfigureAwait(false);
        }

        Task RequireAsync(string[] arguments) => RequireOneAsync($"git {arguments[0]} failed", arguments);

        async Task RequireOneAsync(string failure, params string[][] attempts)
        {
            var result = new GitResult(false, "", []);
            foreach (var attempt in attempts)
            {
                result = await GitFor(reference).RunAsync(directory, attempt, cancellationToken).ConfigureAwait(false);
                if (result.Succeeded)
                {
                    return;
                }
            }

            throw Failure(reference, options, failure, result.Errors);
        }
    }

    private async Task FinishAsync(string directory, GitReference reference, bool keepsGit, CancellationToken cancellationToken)
    {
        var shown = await GitFor(reference).RunAsync(
            directory, ["show", "-s", "--format=%ct", "HEAD"], cancellationToken).ConfigureAwait(false);
        var seconds = long.TryParse(shown.Output.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : 0;
        var time = DateTimeOffset.FromUnixTimeSeconds(Math.Clamp(seconds, 0, DateTimeOffset.MaxValue.ToUnixTimeSeconds()));
        await Task.Run(() => Finish(directory, keepsGit, time), cancellationToken).ConfigureAwait(false);
    }

    // Links in a checkout lead where their author wanted: nothing here follows one.
    private static void Finish(string path, bool keepsGit, DateTimeOffset time)
    {
        var directory = LinuxFiles.OpenDirectory(path);
        if (directory < 0)
        {
            throw LinuxFiles.Failure("Opening", path, isWrite: false);
        }

        try
        {
            if (!keepsGit)
            {
                // Submodules have a file of that name, which says where their part of git's directory is.
                LinuxTree.RemoveEach(directory, GitName, path);
            }

            LinuxTree.SetTimes(directory, path, time);
        }
        finally
        {
            LinuxFiles.Close(directory);
        }
    }

    private GitCommand GitFor(GitReference reference) => new(environment, reference);

    private static bool IsCommit(string text)
        => text.Length is CommitLength or LongCommitLength && text.All(char.IsAsciiHexDigit);

    private static ZLayerException Failure(
        GitReference reference, RemoteSourceOptions options, string reason, IReadOnlyList<string> details)
        => new(ZLayerErrorKind.BuildStepInvalid, $"ADD {reference.Title}: {reason} ({options.Location}).{(details.Count > 0 ? " " + details[^1] : "")}")
        {
            Subject = options.Location.ToString(),
            Advice = "Check the address and the reference, and that the repository can be read without a password prompt.",
            Details = details,
        };
}
