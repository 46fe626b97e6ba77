using System.CommandLine;
using System.Globalization;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer tags REPOSITORY</c></summary>
internal sealed class TagsCommand : EngineCommand
{
    private readonly Argument<string> _repository
        = new("REPOSITORY") { Description = "The repository, for example alpine or localhost:5000/app" };

    private readonly Option<bool> _long = new("--long", "-l") { Description = "Add digest, time, size and platforms of each tag" };

    public TagsCommand()
        : base("tags", "List the tags of a repository in a registry.")
    {
        Arguments.Add(_repository);
        Options.Add(_long);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var repository = Values.Reference(parsed.GetValue(_repository)!);
        var isLong = parsed.GetValue(_long);
        await foreach (var tag in engine.GetTagsAsync(
            repository, isLong, warn: warning => Screen.Note($"warning: {warning}"), cancellationToken: cancellationToken))
        {
            LineOutput.Write(isLong
                ? [tag.Name, $"{tag.Digest}", tag.Created?.ToString("yyyy-MM-ddTHH:mm:ssK", CultureInfo.InvariantCulture)
                    ?? "-", tag.Size is { } size ? Texts.Size(size) : "-", string.Join(',', tag.Platforms)]
                : [tag.Name]);
        }
    }
}
