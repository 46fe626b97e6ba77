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

    private readonly Option<string?> _tag
        = OptionOf.Text("--tag", "REF", "The name for an archive of one image (default: the names in the archive)", "-t");
    private readonly Option<string?> _platform
        = OptionOf.Text("--platform", "P", "The platform to load of an image of several (default: all)");

    public LoadCommand()
        : base("load", "Read the images of an archive into the store.")
    {
        Arguments.Add(_file);
        Options.Add(_input);
        Options.Add(_tag);
        Options.Add(_platform);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var file = PathOf(parsed);
        if (FindRuntime(parsed, engine) is { } runtime)
        {
            if ((parsed.GetValue(_tag) is null ? parsed.GetValue(_platform) is null ? null : _platform : _tag) is { } given)
            {
                throw new UsageException(
                    $"{given.Name} is for the store: a runtime takes an archive as it is.", $"Leave out {given.Name} or --runtime.");
            }

            await LoadAsync(runtime, file, cancellationToken);
            return;
        }

        var options = new LoadOptions
        {
            Tag = parsed.GetValue(_tag) is { } tag ? Values.Reference(tag) : null,
            Platform = Values.Platform(parsed.GetValue(_platform)),
            Warn = warning => Screen.Note($"warning: {warning}"),
        };
        IReadOnlyList<ImageInfo> images;
        await using (var display = new TransferDisplay())
        {
            images = await LoadAsync(engine, file, options, display, cancellationToken);
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
        ZLayerEngine engine, string path, LoadOptions options, TransferDisplay display, CancellationToken cancellationToken)
    {
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
