using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer search TERM</c></summary>
internal sealed class SearchCommand : RuntimeCommand
{
    private readonly Argument<string> _term = new("TERM") { Description = "What is looked for" };
    private readonly Option<int> _limit
        = new("--limit") { Description = "At most so many results (default: as the registry likes)", HelpName = "NUMBER" };
    private readonly Option<string?> _format = OptionOf.Format();

    public SearchCommand()
        : base("search", "Search the runtime's public registry for repositories.")
        => Add(_term, _limit, _format);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var found = await runtime.SearchImagesAsync(parsed.GetValue(_term)!, parsed.GetValue(_limit), cancellationToken);
        if (parsed.GetValue(_format) == "json")
        {
            JsonOutput.WriteList(found);
            return;
        }

        var table = new TextTable("NAME", "DESCRIPTION", "STARS", "OFFICIAL");
        foreach (var repository in found)
        {
            var description = repository.Description.ReplaceLineEndings(" ");
            table.Add(
                repository.Name,
                description.Length <= 45 ? description : description[..44] + "…",
                repository.StarCount.ToString(System.Globalization.CultureInfo.InvariantCulture),
                repository.IsOfficial ? "[OK]" : "");
        }

        table.WriteTo(Console.Out);
    }
}
