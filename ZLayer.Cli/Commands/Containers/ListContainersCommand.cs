using System.CommandLine;
using System.Globalization;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer ps</c></summary>
internal sealed class ListContainersCommand : RuntimeCommand
{
    private readonly Option<bool> _all = OptionOf.Flag("--all", "Show containers in every state, not only those that run", "-a");
    private readonly Option<string[]> _filters = OptionOf.List(
        "--filter", "KEY=VALUE", "Which containers: name, id, status, label, ancestor, network, volume, publish, expose, exited, health, before, since", "-f");
    private readonly Option<string?> _format = OptionOf.Format();
    private readonly Option<int?> _last
        = new("--last", "-n") { Description = "Show so many that were made last, in every state", HelpName = "NUMBER" };
    private readonly Option<bool> _latest = OptionOf.Flag("--latest", "Show the one that was made last, in any state", "-l");
    private readonly Option<bool> _whole = OptionOf.Flag("--no-trunc", "Show whole ids and commands");
    private readonly Option<bool> _quiet = OptionOf.Flag("--quiet", "Show ids alone", "-q");

    private readonly Option<bool> _size = OptionOf.Flag("--size", "Measure what each takes on the disk", "-s");

    public ListContainersCommand()
        : base("ps", "List containers.")
        => Add(_all, _filters, _format, _last, _latest, _whole, _quiet, _size);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        IEnumerable<ContainerInfo> containers = await runtime.ListContainersAsync(ReadFilter(parsed), cancellationToken);
        containers = containers.OrderByDescending(container => container.Created);
        if (Limit(parsed) is { } limit)
        {
            containers = containers.Take(limit);
        }

        if (parsed.GetValue(_format) == "json")
        {
            JsonOutput.WriteList(containers.ToList());
        }
        else if (parsed.GetValue(_quiet))
        {
            foreach (var container in containers)
            {
                Screen.Line(ContainerTexts.Id(container.Id, parsed.GetValue(_whole)));
            }
        }
        else
        {
            WriteTable(containers, parsed.GetValue(_whole), parsed.GetValue(_size));
        }
    }

    private static void WriteTable(IEnumerable<ContainerInfo> containers, bool whole, bool size)
    {
        var now = DateTimeOffset.UtcNow;
        var table = new TextTable(
            ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES", .. size ? ["SIZE"] : Array.Empty<string>()]);
        foreach (var container in containers)
        {
            table.Add(
            [
                ContainerTexts.Id(container.Id, whole),
                container.Image,
                ContainerTexts.Command(container.Command, whole),
                Texts.Age(container.Created, now),
                container.Status,
                ContainerTexts.Ports(container.Ports),
                container.Name,
                .. size ? [ContainerTexts.Size(container)] : Array.Empty<string>(),
            ]);
        }

        table.WriteTo(Console.Out);
    }

    private int? Limit(ParseResult parsed) => parsed.GetValue(_latest) ? 1 : parsed.GetValue(_last) is > 0 and var last ? last : null;

    private ContainerFilter ReadFilter(ParseResult parsed)
    {
        var filters = Filters.Parse(
            parsed.All(_filters), "name", "id", "status", "label", "ancestor", "network", "volume", "publish", "expose", "exited", "health", "before", "since");
        var states = ReadNames<ContainerState>("status", filters["status"]);
        return new ContainerFilter
        {
            NamePatterns = filters["name"],
            IdPatterns = filters["id"],
            States = states.Count > 0 || parsed.GetValue(_all) || Limit(parsed) is not null
                ? states
                : [ContainerState.Running, ContainerState.Paused, ContainerState.Restarting],
            Labels = filters["label"],
            Images = filters["ancestor"],
            Networks = filters["network"],
            Volumes = filters["volume"],
            PublishedPorts = ReadPorts("publish", filters["publish"]),
            ExposedPorts = ReadPorts("expose", filters["expose"]),
            ExitCodes = [.. filters["exited"].Select(ReadExitCode)],
            Health = ReadNames<HealthStatus>("health", filters["health"]),
            Before = Filters.One("before", filters["before"]),
            Since = Filters.One("since", filters["since"]),
            MeasureSize = parsed.GetValue(_size) && !parsed.GetValue(_quiet),
            // The table shows what the list of an engine tells; records are whole.
            IsBrief = parsed.GetValue(_format) != "json",
        };
    }

    private static IReadOnlyList<T> ReadNames<T>(string key, IReadOnlyList<string> texts)
        where T : struct, Enum
        => [.. texts.Select(text => Enum.TryParse<T>(text, ignoreCase: true, out var value) && char.IsAsciiLetter(text[0])
            ? value
            : throw new UsageException(
                $"--filter {key}={text}: expected one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}."))];

    private static IReadOnlyList<PortRange> ReadPorts(string key, IReadOnlyList<string> texts)
        => [.. texts.Select(text => OptionOf.Named("--filter", $"{key}={text}", _ => PortRange.Parse(text)))];

    private static int ReadExitCode(string text)
        => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var code)
            ? code
            : throw new UsageException($"--filter exited={text}: expected an exit code.");
}
