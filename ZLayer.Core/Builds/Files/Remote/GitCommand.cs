using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Processes;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// Runs git without prompts, without the configuration of machine and user, without hooks, and over network protocols only: the repository
/// is somebody else's. Credentials go to it by its environment.
/// </summary>
/// <param name="environment">Where PATH, the SSH agent and proxies come from.</param>
/// <param name="reference">The repository: its server gets its credentials.</param>
internal sealed class GitCommand(IReadOnlyDictionary<string, string> environment, GitReference reference)
{
    private const int KeptErrorLines = 5;

    private static readonly string[] Passed =
    [
        "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "GIT_SSL_CAINFO",
        "http_proxy", "https_proxy", "no_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY",
    ];

    private static readonly string[] Settings =
    [
        "core.hooksPath=/dev/null", "core.fsmonitor=false", "core.autocrlf=false", "core.symlinks=true", "core.fileMode=true",
        "core.logAllRefUpdates=false", "core.attributesFile=/dev/null", "core.excludesFile=/dev/null",
        "gc.auto=0", "advice.detachedHead=false", "credential.helper=", "fetch.recurseSubmodules=false", "safe.directory=*",
        "init.templateDir=", "init.defaultBranch=master",
    ];

    /// <summary>Runs git.</summary>
    /// <param name="directory">
    /// The directory to run in; null where there is none yet: then the root, as anybody can put settings for git into the directory of
    /// temporary files.
    /// </param>
    /// <param name="arguments">The command.</param>
    /// <param name="cancellationToken">Ends git.</param>
    /// <returns>Whether it succeeded, what it printed, and the last lines of its errors.</returns>
    public async Task<GitResult> RunAsync(string? directory, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var result = await Prepare(directory, arguments).RunAsync(input: null, cancellationToken).ConfigureAwait(false);
        var lines = result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new GitResult(result.ExitCode == 0, result.Output, [.. lines.TakeLast(KeptErrorLines)]);
    }

    private ProgramStart Prepare(string? directory, IReadOnlyList<string> arguments)
    {
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal);
        foreach (var name in Passed)
        {
            if (environment.TryGetValue(name, out var value))
            {
                variables[name] = value;
            }
        }

        reference.Credentials?.AddTo(variables);
        variables["HOME"] = "/dev/null"; // ~/.netrc gives passwords to whoever names the host.
        variables["PATH"] = string.Join(':', ProgramDirectories());
        variables["GIT_TERMINAL_PROMPT"] = "0";
        variables["GIT_CONFIG_NOSYSTEM"] = "1";
        variables["GIT_CONFIG_GLOBAL"] = "/dev/null";
        variables["GIT_ALLOW_PROTOCOL"] = "http:https:ssh:git";
        variables["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes";
        variables["GIT_ASKPASS"] = "/bin/false";
        variables["LC_ALL"] = "C";

        // The umask decides the modes of a checkout; Docker's is 022 whatever the caller's is.
        string[] shell = ["/bin/sh", "-c", "umask 022; exec \"$@\"", "sh"];
        return new ProgramStart([.. shell, FindGit(), .. AllSettings().SelectMany(setting => (string[])["-c", setting]), .. arguments])
        {
            Directory = directory ?? "/", Variables = variables, InheritsVariables = false,
        };
    }

    private IEnumerable<string> AllSettings()
        => reference.Credentials is null ? Settings : Settings.Append(GitCredentials.SettingFor(reference.Remote));

    // git runs in the checkout: a relative directory would be one of the stranger's.
    private IEnumerable<string> ProgramDirectories()
        => environment.GetValueOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin").Split(':').Where(directory => directory.StartsWith('/'));

    private string FindGit()
        => ProgramDirectories().Select(d => Path.Combine(d, "git")).FirstOrDefault(File.Exists)
            ?? throw new ZLayerException(
                ZLayerErrorKind.BuilderUnavailable, "ADD of a git repository needs the program git, and it is not on the PATH.")
            {
                Subject = "git",
                Advice = "Install it: apt-get install git, dnf install git or apk add git.",
            };
}

/// <summary>What git said.</summary>
/// <param name="Succeeded">True for exit code 0.</param>
/// <param name="Output">What it printed.</param>
/// <param name="Errors">The last lines of its errors.</param>
internal sealed record GitResult(bool Succeeded, string Output, IReadOnlyList<string> Errors);
