using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Images;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Transfers;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer save REF… -o FILE</c></summary>
internal sealed class SaveCommand : EngineCommand
{
    private readonly Argument<string[]> _images = new("REF") { Description = "Images, by name or id", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _output = new("--output", "-o")
    {
        Description = "The archive to write; '-' writes it to standard output",
        HelpName = "FILE",
        Required = true,
    };
    private readonly Option<string> _format = new("--format")
    {
        Description = "oci (OCI layout) or docker (docker load)",
        HelpName = "oci|docker",
        DefaultValueFactory = _ => "oci",
    };

    private readonly Option<string?> _platform
        = OptionOf.Text(
            "--platform", "P", "The platform to write of an image of several (default: all, or this machine's where only one fits)");
    private readonly CompressionOptions _compression = new("that the store holds uncompressed", "not at all");

    public SaveCommand()
        : base("save", "Write images to an archive; layers that they share are written once.")
    {
        _format.AcceptOnlyFromAmong("oci", "docker");
        Arguments.Add(_images);
        Options.Add(_output);
        Options.Add(_format);
        Options.Add(_platform);
        foreach (var option in _compression.All)
        {
            Options.Add(option);
        }

        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var output = parsed.GetValue(_output)!;
        var path = ArchiveOutput.PathOf(output);
        if (FindRuntime(parsed, engine) is { } runtime)
        {
            RefuseForRuntime(parsed);
            await SaveAsync(runtime, parsed.GetValue(_images)!, path, cancellationToken);
        }
        else
        {
            await SaveAsync(parsed, engine, path, cancellationToken);
        }

        // What was written into a pipe has no size any more.
        if (path is not null && new FileInfo(path) is { Length: > 0 } file)
        {
            Screen.Note($"{output}: {Texts.Size(file.Length)}");
        }
    }

    private void RefuseForRuntime(ParseResult parsed)
    {
        if (((Option[])[_platform, .. _compression.All]).FirstOrDefault(option => parsed.GetResult(option) is not null) is { } given)
        {
            throw new UsageException(
                $"{given.Name} is for images of the store: a runtime writes its archive as it is.", $"Leave out {given.Name} or --runtime.");
        }
    }

    // The engine's own archive, as it comes.
    private static async Task SaveAsync(IContainerRuntime runtime, string[] images, string? path, CancellationToken cancellationToken)
    {
        if (path is not null)
        {
            await runtime.SaveToFileAsync(images, path, progress: null, cancellationToken);
            return;
        }

        await using var output = ArchiveOutput.Open();
        await using var archive = await runtime.SaveImagesAsync(images, cancellationToken);
        await archive.CopyToAsync(output, cancellationToken);
    }

    private async Task SaveAsync(ParseResult parsed, ZLayerEngine engine, string? path, CancellationToken cancellationToken)
    {
        await using var output = path is null ? ArchiveOutput.Open() : null;
        var options = new SaveOptions
        {
            Path = path,
            Destination = output,
            Format = parsed.GetValue(_format) == "docker" ? SaveFormat.DockerArchive : SaveFormat.OciArchive,
            Platform = Values.Platform(parsed.GetValue(_platform)),
            Compression = _compression.Kind(parsed),
            Level = _compression.Level(parsed),
        };
        await using var display = new TransferDisplay();
        await engine.SaveAsync(parsed.GetValue(_images)!, options, display, cancellationToken);
    }
}
