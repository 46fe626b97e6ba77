using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>How a container is connected.</summary>
internal sealed class NetworkOptions : OptionGroup
{
    private readonly Option<string[]> _publish
        = OptionOf.List("--publish", "[[IP:]HOST:]PORT[/PROTOCOL]", "Publish a port, or a range of ports", "-p");
    private readonly Option<bool> _publishAll = OptionOf.Flag("--publish-all", "Publish every exposed port on a free port", "-P");
    private readonly Option<string[]> _expose
        = OptionOf.List("--expose", "PORT[/PROTOCOL]", "A port that it listens on, without publishing it");
    private readonly Option<string[]> _networks = OptionOf.List(
        "--network", "NETWORK", "bridge, host, none, container:NAME, a network's name, or name=NAME[,alias=…][,ip=…][,ip6=…][,mac-address=…][,driver-opt=KEY=VALUE]", "--net");
    private readonly Option<string[]> _aliases
        = OptionOf.List("--network-alias", "NAME", "A name by which it is found in its network", "--net-alias");
    private readonly Option<string?> _ip = OptionOf.Text("--ip", "ADDRESS", "A fixed IPv4 address");
    private readonly Option<string?> _ip6 = OptionOf.Text("--ip6", "ADDRESS", "A fixed IPv6 address");
    private readonly Option<string?> _mac = OptionOf.Text("--mac-address", "ADDRESS", "A fixed MAC address");
    private readonly Option<string?> _hostname = OptionOf.Text("--hostname", "NAME", "The host name", "-h");
    private readonly Option<string?> _domain = OptionOf.Text("--domainname", "NAME", "The domain name");
    private readonly Option<string[]> _dns = OptionOf.List("--dns", "ADDRESS", "A name server");
    private readonly Option<string[]> _dnsSearch = OptionOf.List("--dns-search", "DOMAIN", "A domain that names are searched in");
    private readonly Option<string[]> _dnsOptions = OptionOf.List("--dns-option", "OPTION", "An option of the resolver", "--dns-opt");
    private readonly Option<string[]> _hosts
        = OptionOf.List("--add-host", "NAME:ADDRESS", "A line for its hosts file; the address host-gateway is the host");

    public override IEnumerable<Option> All =>
        [_publish, _publishAll, _expose, _networks, _aliases, _ip, _ip6, _mac, _hostname, _domain, _dns, _dnsSearch, _dnsOptions, _hosts];

    public ContainerSpecification Apply(ParseResult parsed, ContainerSpecification specification)
        => NetworkSpecification.Connect(ApplySettings(parsed, specification), parsed.ReadAll(_networks, NetworkSpecification.Parse));

    private ContainerSpecification ApplySettings(ParseResult parsed, ContainerSpecification specification) => specification with
    {
        Ports = [.. parsed.ReadAll(_publish, PortMapping.Parse).SelectMany(mappings => mappings)],
        PublishAllPorts = parsed.GetValue(_publishAll),
        ExposedPorts = parsed.All(_expose),
        NetworkAliases = parsed.All(_aliases),
        IPv4Address = parsed.GetValue(_ip),
        IPv6Address = parsed.GetValue(_ip6),
        MacAddress = parsed.GetValue(_mac),
        Hostname = parsed.GetValue(_hostname),
        DomainName = parsed.GetValue(_domain),
        Dns = parsed.All(_dns),
        DnsSearch = parsed.All(_dnsSearch),
        DnsOptions = parsed.All(_dnsOptions),
        ExtraHosts = parsed.All(_hosts),
    };
}
