using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Arguments;

/// <summary>Standard output for an archive, which no terminal can show.</summary>
internal static class ArchiveOutput
{
    /// <summary>The file that a command writes to; null for standard output.</summary>
    public static string? PathOf(string? output)
        => output is null or "-" || UserFile.IsStandardOutput(Path.GetFullPath(output)) ? null : Path.GetFullPath(output);

    /// <exception cref="UsageException">It is a terminal.</exception>
    public static Stream Open()
        => LocalTerminal.OfProcess.IsOutput
            ? throw new UsageException("The archive is not for a terminal.", "Name a file with --output, or redirect the output.")
            : StandardStream.OpenOutput();
}
