using System.Diagnostics;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Oci;

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
    /// The directory to run in; null where there is none yet: then the root, as anybody can put settings for git into the directory of temporary files.
    /// </param>
    /// <param name="arguments">The command.</param>
    /// <param name="cancellationToken">Ends git.</param>
    /// <returns>Whether it succeeded, what it printed, and the last lines of its errors.</returns>
    public async Task<GitResult> RunAsync(string? directory, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(directory, arguments);
        try
        {
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            var lines = (await errors.ConfigureAwait(false)).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return new GitResult(process.ExitCode == 0, await output.ConfigureAwait(false), [.. lines.TakeLast(KeptErrorLines)]);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private Process Start(string? directory, IReadOnlyList<string> arguments)
    {
        var git = FindGit();

        // The umask decides the modes of a checkout; Docker's is 022 whatever the caller's is.
        var start = new ProcessStartInfo("/bin/sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = directory ?? "/",
        };
        foreach (var argument in (string[])["-c", "umask 022; exec \"$@\"", "sh", git, .. AllSettings().SelectMany(s => (string[])["-c", s]), .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        start.Environment.Clear();
        foreach (var name in Passed)
        {
            if (environment.TryGetValue(name, out var value))
            {
                start.Environment[name] = value;
            }
        }

        reference.Credentials?.AddTo(start.Environment);
        start.Environment["HOME"] = "/dev/null"; // ~/.netrc gives passwords to whoever names the host.
        start.Environment["PATH"] = string.Join(':', ProgramDirectories());
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_ALLOW_PROTOCOL"] = "http:https:ssh:git";
        start.Environment["GIT_SSH_COMMAND"] = "ssh -o BatchMode=yes";
        start.Environment["GIT_ASKPASS"] = "/bin/false";
        start.Environment["LC_ALL"] = "C";
        return ProgramStart.Start(start);
    }

    private IEnumerable<string> AllSettings() => reference.Credentials is null ? Settings : Settings.Append(GitCredentials.SettingFor(reference.Remote));

    // git runs in the checkout: a relative directory would be one of the stranger's.
    private IEnumerable<string> ProgramDirectories()
        => environment.GetValueOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin").Split(':').Where(directory => directory.StartsWith('/'));

    private string FindGit()
        => ProgramDirectories().Select(d => Path.Combine(d, "git")).FirstOrDefault(File.Exists)
            ?? throw new ZLayerException(ZLayerErrorKind.BuilderUnavailable, "ADD of a git repository needs the program git, and it is not on the PATH.")
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
