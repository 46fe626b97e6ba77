using System.CommandLine;
using ZLayer.Cli.Arguments;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer tags REPOSITORY</c></summary>
internal sealed class TagsCommand : EngineCommand
{
    private readonly Argument<string> _repository = new("REPOSITORY") { Description = "The repository, for example alpine or localhost:5000/app" };

    public TagsCommand()
        : base("tags", "List the tags of a repository in a registry.")
        => Arguments.Add(_repository);

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var repository = Values.Reference(parsed.GetValue(_repository)!);
        await foreach (var tag in engine.GetTagsAsync(repository, detailed: false, cancellationToken))
        {
            Console.Out.WriteLine(tag.Name);
        }
    }
}
