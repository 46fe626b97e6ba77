using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Images;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer save REF… -o FILE</c></summary>
internal sealed class SaveCommand : EngineCommand
{
    private readonly Argument<string[]> _images = new("REF") { Description = "Images, by name or id", Arity = ArgumentArity.OneOrMore };
    private readonly Option<string> _output = new("--output", "-o") { Description = "The archive to write", HelpName = "FILE", Required = true };
    private readonly Option<string> _format = new("--format") { Description = "oci (OCI layout) or docker (docker load)", HelpName = "oci|docker", DefaultValueFactory = _ => "oci" };

    public SaveCommand()
        : base("save", "Write images to an archive; layers that they share are written once.")
    {
        _format.AcceptOnlyFromAmong("oci", "docker");
        Arguments.Add(_images);
        Options.Add(_output);
        Options.Add(_format);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(parsed.GetValue(_output)!);
        var options = new SaveOptions
        {
            Path = path,
            Format = parsed.GetValue(_format) == "docker" ? SaveFormat.DockerArchive : SaveFormat.OciArchive,
        };
        await using (var display = new TransferDisplay())
        {
            await engine.SaveAsync(parsed.GetValue(_images)!, options, display, cancellationToken);
        }

        Console.Error.WriteLine($"{parsed.GetValue(_output)}: {Texts.Size(new FileInfo(path).Length)}");
    }
}
