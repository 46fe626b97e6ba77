using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Images;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer load FILE</c></summary>
internal sealed class LoadCommand : EngineCommand
{
    private readonly Argument<string?> _file = new("FILE")
    {
        Description = "An OCI layout (directory or archive) or docker-save archive, plain or compressed; '-', or nothing where it is not a terminal, reads it from standard input",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _input = OptionOf.Text("--input", "FILE", "The same, as docker load has it", "-i");

    public LoadCommand()
        : base("load", "Read the images of an archive into the store.")
    {
        Arguments.Add(_file);
        Options.Add(_input);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var file = PathOf(parsed);
        if (FindRuntime(parsed, engine) is { } runtime)
        {
            await LoadAsync(runtime, file, cancellationToken);
            return;
        }

        IReadOnlyList<ImageInfo> images;
        await using (var display = new TransferDisplay())
        {
            images = await LoadAsync(engine, file, display, cancellationToken);
        }

        foreach (var image in images)
        {
            Screen.Line($"Loaded: {image}");
        }
    }

    private string PathOf(ParseResult parsed)
    {
        var (file, input) = (parsed.GetValue(_file), parsed.GetValue(_input));
        if (file is not null && input is not null)
        {
            throw new UsageException("Two archives are named.", "Leave out --input.");
        }

        return file
            ?? input
            ?? (Console.IsInputRedirected ? "-" : throw new UsageException("The archive is missing.", "Name it, or pipe it in."));
    }

    private static async Task<IReadOnlyList<ImageInfo>> LoadAsync(
        ZLayerEngine engine, string path, TransferDisplay display, CancellationToken cancellationToken)
    {
        var options = new LoadOptions { Warn = warning => Screen.Note($"warning: {warning}") };
        if (path != "-")
        {
            return await engine.LoadAsync(Path.GetFullPath(path), options, display, cancellationToken);
        }

        await using var archive = InputFile.Open(path, cancellationToken);
        return await engine.LoadAsync(archive, options, display, cancellationToken);
    }

    private static async Task LoadAsync(IContainerRuntime runtime, string path, CancellationToken cancellationToken)
    {
        await using var archive = InputFile.Open(path, cancellationToken);
        await foreach (var step in runtime.LoadImagesAsync(archive, quiet: true, cancellationToken))
        {
            foreach (var image in step is LoadDone done ? done.References : [])
            {
                Screen.Line($"Loaded: {image}");
            }
        }
    }
}
