using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Images;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer import ROOTFS.tar REF</c></summary>
internal sealed class ImportCommand : EngineCommand
{
    private readonly Argument<string> _file
        = new("ROOTFS.tar") { Description = "A root file system as tar, plain or compressed; '-' reads it from standard input" };
    private readonly Argument<string> _reference = new("REF") { Description = "Name of the image" };

    public ImportCommand()
        : base("import", "Make an image with one layer of a root file system.")
    {
        Arguments.Add(_file);
        Arguments.Add(_reference);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var reference = Values.Reference(parsed.GetValue(_reference)!);
        await using var tar = InputFile.Open(parsed.GetValue(_file)!, cancellationToken);
        if (FindRuntime(parsed, engine) is { } runtime)
        {
            Screen.Line(await runtime.ImportImageAsync(tar, reference, new ImageImportOptions(), cancellationToken));
            return;
        }

        var image = await engine.ImportRootFsAsync(tar, new RootFsImportOptions { Tag = reference }, cancellationToken);
        Screen.Line(image.Id);
    }
}
