using System.CommandLine;
using System.Globalization;
using ZLayer.Cli.Display;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer df</c></summary>
internal sealed class DiskUsageCommand : EngineCommand
{
    public DiskUsageCommand()
        : base("df", "Show what takes space in the store.")
    {
    }

    protected override bool LooksThroughStore => true;

    protected override Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var table = new TextTable("KIND", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE");
        foreach (var usage in engine.GetUsage())
        {
            table.Add(
                usage.Kind.ToString(), usage.Total.ToString(CultureInfo.InvariantCulture), usage.Active.ToString(CultureInfo.InvariantCulture),
                Texts.Size(usage.Size), Texts.Size(usage.Reclaimable));
        }

        table.WriteTo(Console.Out);
        return Task.CompletedTask;
    }
}
