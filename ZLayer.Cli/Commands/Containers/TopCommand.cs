using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer top CONTAINER [PS OPTIONS]</c></summary>
internal sealed class TopCommand : RuntimeCommand, IVerbatimTail
{
    private readonly Argument<string> _container = Container();
    private readonly Argument<string[]> _arguments
        = new("PS OPTIONS") { Description = "Options of ps, such as -o pid,args", Arity = ArgumentArity.ZeroOrMore };
    private readonly Option<string?> _format = OptionOf.Format();

    public TopCommand()
        : base("top", "Show the processes of a container.")
        => Add(_container, _arguments, _format);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var top = await runtime.GetContainerProcessesAsync(
            parsed.GetValue(_container)!, parsed.GetValue(_arguments) ?? [], cancellationToken);
        if (parsed.GetValue(_format) == "json")
        {
            JsonOutput.WriteRows(top.Titles, top.Processes);
            return;
        }

        var table = new TextTable([.. top.Titles]);
        foreach (var process in top.Processes)
        {
            table.Add([.. process]);
        }

        table.WriteTo(Console.Out);
    }
}
