using System.Net.Sockets;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>How a container is connected to a network, in one text.</summary>
public sealed record NetworkSpecification
{
    private const string Advice = "Write a network's name, or fields such as 'name=front,alias=web,ip=172.30.0.5,driver-opt=key=value'.";

    /// <summary><c>bridge</c>, <c>host</c>, <c>none</c>, <c>container:NAME</c> or a network's name.</summary>
    public required string Name { get; init; }

    /// <summary>Names by which the container is found in the network.</summary>
    public IReadOnlyList<string> Aliases { get; init => field = value.ToArray(); } = [];

    /// <summary>A fixed IPv4 address.</summary>
    public string? IPv4Address { get; init; }

    /// <summary>A fixed IPv6 address.</summary>
    public string? IPv6Address { get; init; }

    /// <summary>A fixed MAC address.</summary>
    public string? MacAddress { get; init; }

    /// <summary>Options for the network's driver.</summary>
    public IReadOnlyDictionary<string, string> DriverOptions { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Parses a network's name, or comma-separated fields as <c>docker run --network</c> takes them: <c>name</c>, <c>alias</c>, <c>ip</c>,
    /// <c>ip6</c>, <c>mac-address</c>, <c>driver-opt</c>. There may be several aliases and options.
    /// </summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static NetworkSpecification Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (!text.Contains('=', StringComparison.Ordinal))
        {
            return text.Trim() is { Length: > 0 } name ? new NetworkSpecification { Name = name } : throw Invalid(text, "it is empty");
        }

        var network = Notation.Fields("network", text, Advice).Aggregate(
            new NetworkSpecification { Name = "" }, (current, field) => current.With(
                text, field.Key.Trim().ToLowerInvariant(), field.Value?.Trim() ?? ""));
        return network.Name.Length > 0 ? network : throw Invalid(text, "it has no name");
    }

    /// <summary>
    /// Connects a container to networks: the first is its own, to which the addresses and aliases that it has already belong.
    /// </summary>
    /// <param name="specification">The container.</param>
    /// <param name="networks">The networks; none leaves the specification as it is.</param>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/>: the specification says the same thing already, perhaps in another way.
    /// </exception>
    public static ContainerSpecification Connect(ContainerSpecification specification, IReadOnlyList<NetworkSpecification> networks)
    {
        ArgumentNullException.ThrowIfNull(networks);
        return networks.Count == 0 ? specification : networks[0].ApplyTo(specification) with { FurtherNetworks = [.. networks.Skip(1)] };
    }

    /// <summary>The network as <see cref="Parse"/> takes it.</summary>
    public override string ToString()
    {
        var fields = string.Concat(
            [
                .. Aliases.Select(alias => $",alias={alias}"),
                IPv4Address is null ? "" : $",ip={IPv4Address}", IPv6Address is null ? "" : $",ip6={IPv6Address}",
                MacAddress is null ? "" : $",mac-address={MacAddress}",
                .. DriverOptions.Select(option => $",driver-opt={option.Key}={option.Value}"),
            ]);
        return fields.Length == 0 ? Name : $"name={Name}{fields}";
    }

    /// <summary>Connects a container in this way.</summary>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/>: the specification says the same thing already, perhaps in another way.
    /// </exception>
    public ContainerSpecification ApplyTo(ContainerSpecification specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        return specification with
        {
            Network = Name,
            NetworkAliases = Aliases.Count == 0 || specification.NetworkAliases.Count == 0
                ? [.. specification.NetworkAliases, .. Aliases]
                : throw Twice("aliases"),
            IPv4Address = One(specification.IPv4Address, IPv4Address, "an IPv4 address"),
            IPv6Address = One(specification.IPv6Address, IPv6Address, "an IPv6 address"),
            MacAddress = One(specification.MacAddress, MacAddress, "a MAC address"),
            NetworkDriverOptions = DriverOptions.Count > 0 ? DriverOptions : specification.NetworkDriverOptions,
        };
    }

    private NetworkSpecification With(string text, string key, string value) => key switch
    {
        _ when value.Length == 0 => throw Invalid(text, $"the field '{key}' has no value"),
        "name" => this with { Name = Once(text, key, Name.Length == 0 ? null : Name, value) },
        "alias" => this with { Aliases = [.. Aliases, value] },
        "ip" => this with { IPv4Address = Once(text, key, IPv4Address, Address(text, value, AddressFamily.InterNetwork)) },
        "ip6" => this with { IPv6Address = Once(text, key, IPv6Address, Address(text, value, AddressFamily.InterNetworkV6)) },
        "mac-address" => this with { MacAddress = Once(text, key, MacAddress, value) },
        "driver-opt" => this with { DriverOptions = WithOption(text, value) },
        _ => throw Invalid(text, $"there is no field '{key}'"),
    };

    private SortedDictionary<string, string> WithOption(string text, string option)
    {
        var (key, value) = Notation.Cut(option, '=');
        return new SortedDictionary<string, string>(DriverOptions.ToDictionary(), StringComparer.Ordinal)
        {
            [key.Trim()] = value?.Trim() ?? throw Invalid(text, $"the option '{option}' is not key=value"),
        };
    }

    private static string Once(string text, string key, string? before, string value)
        => before is null ? value : throw Invalid(text, $"it has the field '{key}' twice");

    private static string Address(string text, string value, AddressFamily family)
        => AddressText.TryParse(value, out var address) && address.AddressFamily == family ? value
            : throw Invalid(text, $"'{value}' is not an {(family == AddressFamily.InterNetwork ? "IPv4" : "IPv6")} address");

    private static string? One(string? before, string? value, string what)
        => before is null || value is null ? value ?? before : throw Twice(what);

    private static ZLayerException Twice(string what)
        => new(ZLayerErrorKind.InvalidArgument, $"The container gets {what} both from its network's fields and from a setting of its own.")
        {
            Advice = "Leave one of them out.",
        };

    private static ZLayerException Invalid(string text, string reason) => Notation.Invalid("network", text, reason, Advice);
}
