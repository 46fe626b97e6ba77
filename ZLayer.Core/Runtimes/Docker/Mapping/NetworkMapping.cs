using System.Globalization;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>The network and the ports of a container.</summary>
internal sealed class NetworkMapping
{
    private const string Default = "default";
    private const string BridgePrefix = "bridge:";

    // With their MAC addresses, and for more than one network.
    private static readonly ApiVersion WholeEndpoints = new(1, 44);

    private readonly ContainerSpecification _specification;
    private readonly bool _isOwn;

    public NetworkMapping(ContainerSpecification specification, ApiVersion api)
    {
        _specification = specification;
        var network = specification.Network is { Length: > 0 } given ? given : Default;
        Mode = network.StartsWith(BridgePrefix, StringComparison.Ordinal) ? network[BridgePrefix.Length..] : network;
        _isOwn = Mode is not (Default or "bridge" or "nat" or "host" or "none") && !Mode.StartsWith("container:", StringComparison.Ordinal);
        CheckOwn();
        CheckFurther();
        var isWhole = api >= WholeEndpoints;
        var mac = CheckMac(specification.MacAddress);
        MacAddress = isWhole ? null : mac;
        var further = specification.FurtherNetworks.ToDictionary(other => other.Name, Endpoint, StringComparer.Ordinal);
        Later = isWhole ? [] : further;
        var endpoints = isWhole ? further : [];
        var own = Endpoint(isWhole ? mac : null);
        if (endpoints.Count > 0 || own != new EndpointDocument())
        {
            endpoints[Mode] = own;
        }

        Networking = endpoints.Count > 0 ? new NetworkingDocument(endpoints) : null;
    }

    public string Mode { get; }

    /// <summary>The MAC address for engines that keep it beside the networks.</summary>
    public string? MacAddress { get; }

    public NetworkingDocument? Networking { get; }

    /// <summary>The networks that an engine which takes one at the creation is to be asked for afterwards.</summary>
    public IReadOnlyDictionary<string, EndpointDocument> Later { get; }

    /// <summary>
    /// Lines of the hosts file in the engine's notation; <c>name=address</c> and brackets around IPv6 are how people write them too.
    /// </summary>
    public IReadOnlyList<string> ExtraHosts => [.. _specification.ExtraHosts.Select(Host)];

    /// <summary>Name servers.</summary>
    /// <exception cref="ZLayerException">InvalidArgument for one that is not an address.</exception>
    public IReadOnlyList<string> Dns
        => [.. _specification.Dns.Select(text => CheckAddress("name server", text, null, "8.8.8.8 or 2001:4860:4860::8888"))];

    /// <summary>Domains in which names are looked up.</summary>
    /// <exception cref="ZLayerException">InvalidArgument for one that is none.</exception>
    public IReadOnlyList<string> DnsSearch => [.. _specification.DnsSearch.Select(CheckDomain)];

    public Dictionary<string, Nothing> ExposedPorts()
    {
        var ports = new Dictionary<string, Nothing>(StringComparer.Ordinal);
        foreach (var port in _specification.Ports.Select(Key)
            .Concat(_specification.ExposedPorts.SelectMany(PortMapping.ParseExposed).Select(Key)))
        {
            ports[port] = Nothing.Value;
        }

        return ports;
    }

    public Dictionary<string, IReadOnlyList<PortBindingDocument>> PortBindings()
        => _specification.Ports.GroupBy(Key).ToDictionary(
            ports => ports.Key,
            ports => (IReadOnlyList<PortBindingDocument>)[.. ports.Select(
                port => new PortBindingDocument(port.HostIP ?? "", HostPort(port)))],
            StringComparer.Ordinal);

    private EndpointDocument Endpoint(string? mac) => Endpoint(new NetworkSpecification
    {
        Name = Mode,
        Aliases = _specification.NetworkAliases,
        IPv4Address = _specification.IPv4Address,
        IPv6Address = _specification.IPv6Address,
        MacAddress = mac,
        DriverOptions = _specification.NetworkDriverOptions,
    });

    private static EndpointDocument Endpoint(NetworkSpecification network) => new()
    {
        Aliases = network.Aliases.Count > 0 ? network.Aliases : null,
        IPAMConfig = network.IPv4Address is null && network.IPv6Address is null ? null
            : new AddressDocument
            {
                IPv4Address = network.IPv4Address is { } four
                    ? CheckAddress("IPv4 address", four, AddressFamily.InterNetwork, "172.20.0.5")
                    : null,
                IPv6Address = network.IPv6Address is { } six
                    ? CheckAddress("IPv6 address", six, AddressFamily.InterNetworkV6, "2001:db8::5")
                    : null,
            },
        MacAddress = CheckMac(network.MacAddress),
        DriverOpts = network.DriverOptions.Count > 0 ? network.DriverOptions : null,
    };

    private void CheckOwn()
    {
        var setting = _isOwn ? null
            : _specification.NetworkAliases.Count > 0 ? nameof(_specification.NetworkAliases)
            : _specification.IPv4Address is not null ? nameof(_specification.IPv4Address)
            : _specification.IPv6Address is not null ? nameof(_specification.IPv6Address)
            : null;
        if (setting is not null)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The setting {setting} belongs to a network that was created, not to the network '{Mode}'.")
            {
                Subject = setting,
                Advice = "Name a network of your own, or leave the setting out.",
            };
        }
    }

    private void CheckFurther()
    {
        IReadOnlyList<string> names = [Mode, .. _specification.FurtherNetworks.Select(network => network.Name)];
        var problem = names.Count == 1 ? null
            : names.FirstOrDefault(name => name is "host" or "none" || name.StartsWith("container:", StringComparison.Ordinal)) is { } alone
                ? $"With the network '{alone}' a container can have no other."
            : names.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice
                ? $"The network '{twice.Key}' is given twice."
            : null;
        if (problem is not null)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, problem)
            {
                Subject = nameof(_specification.FurtherNetworks), Advice = "Name each network of your own once, or one network alone.",
            };
        }
    }

    private static string CheckAddress(string what, string text, AddressFamily? family, string example)
    {
        var given = text.Trim();
        return AddressText.TryParse(given, out var address) && (family is null || address.AddressFamily == family)
            ? given
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The {what} '{text}' is not valid: it is not such an IP address.")
            {
                Subject = text,
                Advice = $"Write an address such as {example}.",
            };
    }

    // A single dot means that names are not looked up in any domain.
    private static string CheckDomain(string text)
    {
        var given = text.Trim();
        var labels = (given.EndsWith('.') ? given[..^1] : given).Split('.');
        return given == "." || (given.Any(char.IsAsciiLetter) && labels.All(IsLabel)) ? given
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The search domain '{text}' is not valid: it is not the name of a domain.")
            {
                Subject = text,
                Advice = "Write a domain such as example.com, or '.' for none.",
            };
    }

    // RFC 1123, 2.1.
    private static bool IsLabel(string label)
        => label.Length > 0 && label[0] != '-' && label[^1] != '-' && label.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static string? CheckMac(string? text)
    {
        var given = text?.Trim();
        return given is null || PhysicalAddress.TryParse(given.Replace(':', '-').ToUpperInvariant(), out _) ? given
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{given}' is not a MAC address.")
            {
                Subject = given,
                Advice = "Write six pairs of hexadecimal digits, such as 02:42:ac:11:00:02.",
            };
    }

    private static string Host(string text)
    {
        var separator = text.IndexOfAny(['=', ':']);
        var address = separator < 1 ? "" : text[(separator + 1)..];
        var bare = address.StartsWith('[') && address.EndsWith(']') ? address[1..^1] : address;
        return bare == "host-gateway" || AddressText.TryParse(bare, out _)
            ? $"{text[..separator]}:{bare}"
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The host '{text}' is not valid.")
            {
                Subject = text,
                Advice = "Write name:address, such as 'db:10.0.0.5' or 'host:host-gateway'.",
            };
    }

    private static string Key(PortMapping port) => string.Create(CultureInfo.InvariantCulture, $"{port.ContainerPort}/{port.Protocol}");

    private static string HostPort(PortMapping port)
        => port.HostPort is not { } first ? ""
            : port.HostPortEnd is { } last && last != first ? string.Create(CultureInfo.InvariantCulture, $"{first}-{last}")
            : first.ToString(CultureInfo.InvariantCulture);
}
