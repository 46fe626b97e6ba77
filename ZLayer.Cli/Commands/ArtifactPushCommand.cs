using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Registries.Artifacts;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer artifact push REF FILE…</c> and <c>zlayer artifact attach REF FILE…</c></summary>
internal sealed class ArtifactPushCommand : EngineCommand
{
    private readonly bool _attaches;
    private readonly Argument<string> _reference;
    private readonly Argument<string[]> _files = new("FILE")
    {
        Description = "The files; a type of their own follows a colon: report.json:application/json",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string> _type
        = new("--type") { Description = "What the artifact is, for example application/spdx+json", HelpName = "TYPE", Required = true };
    private readonly Option<string[]> _annotations
        = new("--annotation") { Description = "An annotation of the artifact", HelpName = "KEY=VALUE" };

    public ArtifactPushCommand(bool attaches)
        : base(attaches ? "attach" : "push", attaches ? "Attach files to an image in its registry." : "Push files as an artifact.")
    {
        _attaches = attaches;
        _reference = new("REF") { Description = attaches ? "The image in its registry" : "Where to push to, with a tag" };
        Arguments.Add(_reference);
        Arguments.Add(_files);
        Options.Add(_type);
        Options.Add(_annotations);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var reference = Values.Reference(parsed.GetValue(_reference)!);
        var content = new ArtifactContent
        {
            ArtifactType = parsed.GetValue(_type)!,
            Files = [.. parsed.GetValue(_files)!.Select(ReadFile)],
            Annotations = KeyValues.Parse("--annotation", parsed.All(_annotations)),
        };
        Referrer pushed;
        await using (var display = new TransferDisplay())
        {
            pushed = _attaches
                ? await engine.AttachAsync(reference, content, display, cancellationToken)
                : await engine.PushArtifactAsync(reference, content, display, cancellationToken);
        }

        Screen.Line(_attaches ? pushed.ToString() : $"{reference.ToFamiliarString()} {pushed.Digest}");
    }

    // A file whose name has a colon is still a file.
    private static ArtifactFile ReadFile(string text)
        => !File.Exists(text) && text.LastIndexOf(':') is var colon and > 1 && text.IndexOf('/', colon) > 0
            ? new ArtifactFile(Path.GetFullPath(text[..colon]), MediaType: text[(colon + 1)..])
            : new ArtifactFile(Path.GetFullPath(text));
}
