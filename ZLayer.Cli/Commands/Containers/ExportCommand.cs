using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer export CONTAINER</c></summary>
internal sealed class ExportCommand : RuntimeCommand
{
    private readonly Argument<string> _container = Container();
    private readonly Option<string?> _output = OptionOf.Text("--output", "FILE", "The archive to write (default: standard output)", "-o");

    public ExportCommand()
        : base("export", "Write the file system of a container as a tar.")
        => Add(_container, _output);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var path = parsed.GetValue(_output);
        if (path is null && LocalTerminal.OfProcess.IsOutput)
        {
            throw new UsageException("The archive is not for a terminal.", "Name a file with --output, or redirect the output.");
        }

        await using var archive = await runtime.ExportContainerAsync(parsed.GetValue(_container)!, cancellationToken);
        await using var target = OutputFile.Open(path);
        await archive.CopyToAsync(target.Stream, cancellationToken);
        target.Keep();
    }
}
