using System.CommandLine;
using ZLayer.Cli.Display;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer catalog REGISTRY</c></summary>
internal sealed class CatalogCommand : EngineCommand
{
    private readonly Argument<string> _registry = new("REGISTRY") { Description = "The registry, for example localhost:5000" };

    public CatalogCommand()
        : base("catalog", "List the repositories of a registry, as far as it lists them.")
        => Arguments.Add(_registry);

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        await foreach (var repository in engine.GetRepositoriesAsync(
            parsed.GetValue(_registry)!, warning => Screen.Note($"warning: {warning}"), cancellationToken))
        {
            LineOutput.Write(repository.Name);
        }
    }
}
