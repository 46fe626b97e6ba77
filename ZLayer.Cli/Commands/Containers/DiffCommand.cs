using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer diff CONTAINER</c></summary>
internal sealed class DiffCommand : RuntimeCommand
{
    private readonly Argument<string> _container = Container();
    private readonly Option<string?> _format = OptionOf.Format();

    public DiffCommand()
        : base("diff", "Show what a container changed in its file system: A added, C changed, D deleted.")
        => Add(_container, _format);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var changes = await runtime.GetContainerChangesAsync(parsed.GetValue(_container)!, cancellationToken);
        if (parsed.GetValue(_format) == "json")
        {
            JsonOutput.WriteList(changes);
            return;
        }

        foreach (var change in changes)
        {
            Screen.Line($"{Letter(change.Kind)} {change.Path}");
        }
    }

    private static char Letter(FileChangeKind kind) => kind switch
    {
        FileChangeKind.Added => 'A',
        FileChangeKind.Deleted => 'D',
        _ => 'C',
    };
}
