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

    private readonly Option<string[]> _changes
        = OptionOf.List("--change", "INSTRUCTION", "A Dockerfile instruction that changes the config, such as 'CMD [\"sh\"]'", "-c");
    private readonly Option<string?> _message = OptionOf.Text("--message", "TEXT", "A remark for the history", "-m");
    private readonly Option<string?> _platform = OptionOf.Text("--platform", "P", "The platform of the image (default: this machine's)");

    public ImportCommand()
        : base("import", "Make an image with one layer of a root file system.")
    {
        Arguments.Add(_file);
        Arguments.Add(_reference);
        Options.Add(_changes);
        Options.Add(_message);
        Options.Add(_platform);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var reference = Values.Reference(parsed.GetValue(_reference)!);
        var (changes, message, platform) = (parsed.All(_changes), parsed.GetValue(_message), Values.Platform(parsed.GetValue(_platform)));
        await using var tar = InputFile.Open(parsed.GetValue(_file)!, cancellationToken);
        if (FindRuntime(parsed, engine) is { } runtime)
        {
            var options = new ImageImportOptions { Changes = changes, Comment = message, Platform = platform };
            Screen.Line(await runtime.ImportImageAsync(tar, reference, options, cancellationToken));
            return;
        }

        var image = await engine.ImportRootFsAsync(
            tar, new RootFsImportOptions { Tag = reference, Changes = changes, Comment = message, Platform = platform }, cancellationToken);
        Screen.Line(image.Id);
    }
}
