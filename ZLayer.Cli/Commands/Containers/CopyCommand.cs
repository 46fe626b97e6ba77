using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Commands.Containers;

/// <summary>
/// <c>zlayer cp CONTAINER:PATH DEST</c>, <c>zlayer cp SOURCE CONTAINER:PATH</c> or <c>zlayer cp CONTAINER:PATH CONTAINER:PATH</c>; <c>-</c>
/// is a tar on standard input or output.
/// </summary>
internal sealed class CopyCommand : RuntimeCommand
{
    private readonly Argument<string> _source
        = new("SOURCE") { Description = "CONTAINER:PATH, a path of this machine, or '-' for a tar on standard input" };
    private readonly Argument<string> _destination
        = new("DEST") { Description = "CONTAINER:PATH, a path of this machine, or '-' for a tar on standard output" };
    private readonly Option<bool> _archive = OptionOf.Flag("--archive", "Keep the numbers of users and groups", "-a");
    private readonly Option<bool> _follow = OptionOf.Flag("--follow-link", "Copy what a symbolic link in SOURCE points to", "-L");

    public CopyCommand()
        : base("cp", "Copy files between this machine and a container, or between two containers, running or not.")
        => Add(_source, _destination, _archive, _follow);

    protected override Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var (source, destination) = (parsed.GetValue(_source)!, parsed.GetValue(_destination)!);
        var options = new ContainerCopyOptions { FollowLink = parsed.GetValue(_follow), PreserveOwner = parsed.GetValue(_archive) };
        return (ContainerPath.Find(source), ContainerPath.Find(destination)) switch
        {
            ({ } from, null) => CopyOutAsync(runtime, from, destination, options, cancellationToken),
            (null, { } to) => CopyInAsync(runtime, source, to, options, cancellationToken),
            ({ } from, { } to) => ContainerCopy.CopyBetweenContainersAsync(
                runtime, from.Container, from.Path, to.Container, to.Path, options, cancellationToken),
            (null, null) => throw new UsageException(
                "Neither SOURCE nor DEST is in a container.", "Write CONTAINER:PATH for one of them, or both."),
        };
    }

    private static async Task CopyOutAsync(
        IContainerRuntime runtime, ContainerPath from, string destination, ContainerCopyOptions options, CancellationToken cancellationToken)
    {
        if (destination != "-")
        {
            await ContainerCopy.CopyFromContainerAsync(
                runtime, from.Container, from.Path, HostPath(destination), options, cancellationToken);
            return;
        }

        if (LocalTerminal.OfProcess.IsOutput)
        {
            throw new UsageException("The archive is not for a terminal.", "Redirect standard output, or name a directory.");
        }

        await using var output = StandardStream.OpenOutput();
        await ContainerCopy.CopyArchiveFromContainerAsync(runtime, from.Container, from.Path, output, options, cancellationToken);
    }

    private static async Task CopyInAsync(
        IContainerRuntime runtime, string source, ContainerPath to, ContainerCopyOptions options, CancellationToken cancellationToken)
    {
        if (source != "-")
        {
            await ContainerCopy.CopyToContainerAsync(runtime, to.Container, HostPath(source), to.Path, options, cancellationToken);
            return;
        }

        await using var archive = InputFile.Open("-", cancellationToken);
        await ContainerCopy.CopyArchiveToContainerAsync(runtime, to.Container, archive, to.Path, options, cancellationToken);
    }

    // The end of a path says what is meant, and making it absolute would lose it: "dir/." is what is in dir.
    private static string HostPath(string path)
        => Path.IsPathFullyQualified(path) ? path : Path.Join(System.Environment.CurrentDirectory, path);

    /// <summary>A path in a container. What begins with a dot or a separator is a path of this machine, whatever follows.</summary>
    private sealed record ContainerPath(string Container, string Path)
    {
        public static ContainerPath? Find(string text)
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            return colon <= 0 || text[0] == '.' || System.IO.Path.IsPathFullyQualified(text)
                ? null
                : new ContainerPath(text[..colon], text[(colon + 1)..]);
        }
    }
}
