using System.CommandLine;
using System.Globalization;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Cli.Commands.Containers;

/// <summary><c>zlayer port CONTAINER [PORT[/PROTOCOL]]</c></summary>
internal sealed class PortCommand : RuntimeCommand
{
    private readonly Argument<string> _container = Container();
    private readonly Argument<string?> _port
        = new("PORT") { Description = "Show this port of the container alone: 80, 53/udp", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<string?> _format = OptionOf.Format();

    public PortCommand()
        : base("port", "Show where the ports of a container are published.")
        => Add(_container, _port, _format);

    protected override async Task ExecuteAsync(ParseResult parsed, IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var container = parsed.GetValue(_container)!;
        var wanted = Read(parsed.GetValue(_port));
        var ports = (await runtime.GetContainerPortsAsync(container, cancellationToken))
            .Where(port => wanted is not var (number, protocol) || (port.ContainerPort == number && port.Protocol == protocol))
            .Where(port => port.HostPort is not null).ToList();
        if (wanted is var (missing, of) && ports.Count == 0)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The container '{container}' does not publish its port {missing}/{of}.")
            {
                Subject = container,
            };
        }

        if (parsed.GetValue(_format) == "json")
        {
            JsonOutput.WriteList(ports);
            return;
        }

        foreach (var port in ports)
        {
            Screen.Line(wanted is null ? $"{port.ContainerPort}/{port.Protocol} -> {Address(port)}" : Address(port));
        }
    }

    private static (ushort Port, string Protocol)? Read(string? text)
    {
        if (text is null)
        {
            return null;
        }

        var parts = text.Split('/', 2);
        return ushort.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            ? (port, parts is [_, var protocol] ? protocol.ToLowerInvariant() : "tcp")
            : throw new UsageException($"'{text}' is not a port.", "Write a number, with /udp or /sctp unless it is a TCP port.");
    }

    // Addresses of IPv6 need brackets before a colon.
    private static string Address(PortMappingInfo port)
        => port.HostIP?.Contains(':', StringComparison.Ordinal) == true
            ? $"[{port.HostIP}]:{port.HostPort}"
            : $"{port.HostIP}:{port.HostPort}";
}
