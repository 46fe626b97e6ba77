using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer runtimes</c></summary>
internal sealed class RuntimesCommand : EngineCommand
{
    private readonly Option<string?> _format = OptionOf.Format();

    public RuntimesCommand()
        : base("runtimes", "List the container runtimes, and whether they answer.")
        => Options.Add(_format);

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var runtimes = await engine.Runtimes.DescribeAsync(detailed: false, cancellationToken);
        if (parsed.GetValue(_format) == "json")
        {
            JsonOutput.WriteList(runtimes);
            return;
        }

        var table = new TextTable("NAME", "DEFAULT", "KIND", "VERSION", "API", "ENDPOINT", "STATUS");
        foreach (var runtime in runtimes)
        {
            table.Add(
                runtime.Name,
                runtime.IsDefault ? "*" : "",
                runtime.Kind,
                runtime.Version ?? "",
                runtime.ApiVersion ?? "",
                runtime.Endpoint ?? "",
                runtime.IsAvailable ? "available" : runtime.Reason ?? "not available");
        }

        table.WriteTo(Console.Out);
    }
}
