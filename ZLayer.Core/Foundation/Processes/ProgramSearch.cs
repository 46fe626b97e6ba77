using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Foundation.Processes;

/// <summary>Finds installed programs by name.</summary>
/// <param name="path">The directories to search first; the usual system directories follow.</param>
internal sealed class ProgramSearch(IReadOnlyList<string> path)
{
    private const int Executable = 1;

    // Programs of root are often missing in the PATH of users; netavark and others live beside podman.
    private static readonly string[] SystemDirectories =
    [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/libexec/podman", "/usr/lib/podman", "/usr/local/libexec/podman",
    ];

    /// <summary>The absolute path of a program; null when it is not installed.</summary>
    /// <param name="name">A name, or a path.</param>
    public string? Find(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            return IsProgram(name) ? Path.GetFullPath(name) : null;
        }

        return path.Where(Path.IsPathFullyQualified)
            .Concat(SystemDirectories)
            .Select(directory => Path.Combine(directory, name))
            .FirstOrDefault(IsProgram);
    }

    /// <summary>As <see cref="Find"/>, or an error that says what to install.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.BuilderUnavailable"/>.</exception>
    public string Require(string name, string purpose, string package)
        => Find(name) ?? throw new ZLayerException(
            ZLayerErrorKind.BuilderUnavailable, $"Cannot {purpose}: the program '{name}' is not installed.")
        {
            Subject = name,
            Advice = $"Install it: apt-get install {package} (or the package of that name of your distribution).",
        };

    // busybox has small versions of util-linux' programs that lack what is needed of them.
    private static bool IsProgram(string file)
        => File.Exists(file)
        && SystemCalls.Access(file, Executable) == 0
        && File.ResolveLinkTarget(file, returnFinalTarget: true)?.Name != "busybox";
}
