using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer artifact pull REF</c></summary>
internal sealed class ArtifactPullCommand : EngineCommand
{
    private readonly Argument<string> _reference = new("REF") { Description = "The artifact, by tag or digest" };
    private readonly Option<string> _output
        = new("--output", "-o") { Description = "The directory that the files go to", HelpName = "DIR", DefaultValueFactory = _ => "." };
    private readonly Option<bool> _force = new("--force") { Description = "Replace files that are there" };

    public ArtifactPullCommand()
        : base("pull", "Fetch the files of an artifact.")
    {
        Arguments.Add(_reference);
        Options.Add(_output);
        Options.Add(_force);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> paths;
        await using (var display = new TransferDisplay())
        {
            paths = await engine.PullArtifactAsync(
                Values.Reference(parsed.GetValue(_reference)!), Path.GetFullPath(parsed.GetValue(_output)!), parsed.GetValue(_force), display, cancellationToken);
        }

        foreach (var path in paths)
        {
            Screen.Line(path);
        }
    }
}
