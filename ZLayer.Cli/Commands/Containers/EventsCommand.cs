using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer events</c></summary>
internal sealed class EventsCommand : RuntimeCommand
{
    private readonly Option<string?> _since
        = OptionOf.Text("--since", "TIME", "Begin with the events since then: a time, or a duration before now such as 10m");
    private readonly Option<string?> _until = OptionOf.Text("--until", "TIME", "End with the events until then (default: go on)");
    private readonly Option<string[]> _filters
        = OptionOf.List("--filter", "KEY=VALUE", "Which events: type, event, container, label", "-f");
    private readonly Option<string?> _format
        = OptionOf.Choice("--format", "How to show them (default: text); json writes an object a line", "text", "json");

    public EventsCommand()
        : base("events", "Show what happens in the runtime, as it happens.")
        => Add(_since, _until, _filters, _format);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var json = parsed.GetValue(_format) == "json";
        await foreach (var change in runtime.GetEventsAsync(ReadFilter(parsed), cancellationToken))
        {
            if (json)
            {
                LineOutput.WriteAsIs(JsonOutput.Line(change));
            }
            else
            {
                LineOutput.Write(Text(change));
            }
        }
    }

    private EventFilter ReadFilter(ParseResult parsed)
    {
        var filters = Filters.Parse(parsed.All(_filters), "type", "event", "container", "label");
        var now = DateTimeOffset.UtcNow;
        return new EventFilter
        {
            Since = parsed.ReadValue(_since, text => PointInTime.Parse(text, now)),
            Until = parsed.ReadValue(_until, text => PointInTime.Parse(text, now)),
            Types = filters["type"],
            Actions = filters["event"],
            Containers = filters["container"],
            Labels = filters["label"],
        };
    }

    private static string Text(ZLayerEvent change)
    {
        var attributes = string.Join(", ", change.Attributes.OrderBy(a => a.Key, StringComparer.Ordinal).Select(a => $"{a.Key}={a.Value}"));
        return $"{PointInTime.Write(change.Time.ToLocalTime(), change.Nanoseconds)} {change.Type} {change.Action} {change.Id}{(attributes.Length == 0 ? "" : $" ({attributes})")}";
    }
}
