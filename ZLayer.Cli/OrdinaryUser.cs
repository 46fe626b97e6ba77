using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Cli;

/// <summary>
/// What makes or removes the files of images does so as root of a user namespace when an ordinary user runs it, so that files can have
/// other owners: the command runs itself again inside.
/// </summary>
internal static class OrdinaryUser
{
    /// <summary>Runs this command line again in a user namespace.</summary>
    /// <param name="options">The engine's options: the data root stays the user's.</param>
    /// <param name="cancellationToken">Ends the preparation.</param>
    /// <returns>The exit code; null when the command is to run here: as root, inside already, or where the user has one id only.</returns>
    public static async Task<int?> TryRunInNamespaceAsync(ZLayerEngineOptions options, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux() || System.Environment.IsPrivilegedProcess || System.Environment.ProcessPath is not { } program)
        {
            return null;
        }

        try
        {
            var path = options.Environment.GetValueOrDefault("PATH")?.Split(':', StringSplitOptions.RemoveEmptyEntries) ?? [];
            await using var inside = await RootlessNamespace.CreateAsync(path, cancellationToken);
            return inside.MappedIds > 1
                ? await inside.RunInPlaceAsync(CommandLine(program), new Dictionary<string, string> { ["ZLAYER_HOME"] = options.Root })
                : null;
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.OperationNotSupported or ZLayerErrorKind.BuilderUnavailable)
        {
            // Builds without RUN do not need it; a RUN says again what is missing.
            return null;
        }
    }

    // Started by dotnet, the program is the first argument of the process.
    private static IReadOnlyList<string> CommandLine(string program)
    {
        var arguments = System.Environment.GetCommandLineArgs();
        return Path.GetFileNameWithoutExtension(program) == "dotnet" ? [program, .. arguments] : [program, .. arguments.Skip(1)];
    }
}
