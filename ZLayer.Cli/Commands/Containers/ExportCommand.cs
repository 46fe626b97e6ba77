using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Layers;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Files;

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
        var path = ArchiveOutput.PathOf(parsed.GetValue(_output));
        var container = parsed.GetValue(_container)!;
        if (path is not null)
        {
            await runtime.ExportToFileAsync(container, path, LayerCompression.None, progress: null, cancellationToken);
            return;
        }

        await using var output = ArchiveOutput.Open();
        await using var archive = await runtime.ExportContainerAsync(container, cancellationToken);
        await archive.CopyToAsync(output, cancellationToken);
    }
}
