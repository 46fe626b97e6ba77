using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer delete REF…</c></summary>
internal sealed class DeleteCommand : EngineCommand
{
    private readonly Argument<string[]> _references
        = new("REF") { Description = "A tag, or a digest: an image with all its tags", Arity = ArgumentArity.OneOrMore };

    public DeleteCommand()
        : base("delete", "Delete tags, or images by digest, from their registry.")
        => Arguments.Add(_references);

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        foreach (var reference in parsed.GetValue(_references)!.Select(Values.Reference).ToList())
        {
            await engine.DeleteRemoteAsync(reference, cancellationToken);
            Screen.Line($"Deleted: {reference.ToFamiliarString()}");
        }
    }
}
