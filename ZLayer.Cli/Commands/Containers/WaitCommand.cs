using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer wait CONTAINER…</c></summary>
internal sealed class WaitCommand : RuntimeCommand
{
    private readonly Argument<string[]> _containers = Containers();
    private readonly Option<ushort[]> _ports = new("--port")
    {
        Description = "Wait until this published TCP port of the container accepts connections, not for its end; may be repeated", HelpName = "N",
    };

    private readonly Option<string?> _pattern
        = new("--log-pattern") { Description = "Wait until a line of its log matches, in any case, not for its end", HelpName = "REGEX" };
    private readonly Option<int?> _timeout
        = new("--timeout") { Description = "Fail after this time, with --port and --log-pattern", HelpName = "SECONDS" };

    public WaitCommand()
        : base("wait", "Wait until containers end, and print their exit codes; or until they can be used, and print their names.")
    {
        Arguments.Add(_containers);
        Options.Add(_ports);
        Options.Add(_pattern);
        Options.Add(_timeout);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var signs = ReadSigns(parsed);
        TimeSpan? limit = parsed.GetValue(_timeout) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;
        // All at once, so that none is missed; printed in the order in which they were named.
        var waits = parsed.GetValue(_containers)!.Select(container => WaitAsync(runtime, container, signs, limit, cancellationToken))
            .ToList();
        foreach (var wait in waits)
        {
            try
            {
                Screen.Line(await wait);
            }
            catch (ZLayerException e)
            {
                Outcome = ErrorReport.Failure(e, parsed.GetValue(CommonOptions.Verbose));
            }
        }
    }

    private ContainerSigns? ReadSigns(ParseResult parsed)
    {
        var (ports, pattern) = (parsed.GetValue(_ports) ?? [], parsed.GetValue(_pattern));
        if (ports.Length > 0 || pattern is not null)
        {
            return new ContainerSigns { Ports = ports, LogPattern = pattern is null ? null : ContainerSigns.ParsePattern(pattern) };
        }

        return parsed.GetValue(_timeout) is null
            ? null
            : throw new UsageException(
                "--timeout is for --port and --log-pattern, and neither is given.", "The end of a container is waited for without a limit; 'timeout 60 zlayer wait …' sets one.");
    }

    private static async Task<string> WaitAsync(
        IContainerRuntime runtime, string container, ContainerSigns? signs, TimeSpan? limit, CancellationToken cancellationToken)
    {
        if (signs is null)
        {
            return (await runtime.WaitContainerAsync(container, cancellationToken)).ToString(
                System.Globalization.CultureInfo.InvariantCulture);
        }

        await runtime.WaitForSignsAsync(container, signs, limit, cancellationToken);
        return container;
    }
}
