namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// What a Dockerfile may cost: texts of strangers are read by people who only look at them, too. Each limit is far above what anybody
/// writes by hand, and beyond each the build would fail later and less plainly.
/// </summary>
internal static class DockerfileLimits
{
    /// <summary>The largest Dockerfile or ignore file in bytes: what BuildKit's front end receives in one message.</summary>
    public const int FileSize = 16 << 20;

    /// <summary>The most instructions of a file, its stages included.</summary>
    public const int Instructions = 10_000;

    /// <summary>The most errors that are told of one file.</summary>
    public const int Errors = 1000;

    /// <summary>
    /// The longest text that a word may become by its variables, in characters: Linux passes no longer one to a program than 128 KiB.
    /// </summary>
    public const int ValueLength = 1 << 20;

    /// <summary>All variables of a stage together, in characters: by default Linux passes less than that to a program.</summary>
    public const int VariablesLength = 4 << 20;

    /// <summary>Steps of matching a pattern of a substitution, its length times that of the value.</summary>
    public const long PatternSteps = 1 << 26;

    /// <summary>The parts of a path pattern: no path of Linux is longer.</summary>
    public const int PatternParts = 4096;
}
