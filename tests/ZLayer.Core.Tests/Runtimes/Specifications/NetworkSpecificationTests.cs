using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Specifications;

public sealed class NetworkSpecificationTests
{
    private static readonly ContainerSpecification Container = new() { Image = "web" };

    [Theory]
    [InlineData("front")]
    [InlineData("host")]
    [InlineData("container:web")]
    public void A_name_alone_is_a_network(string name) => Assert.Equal(name, NetworkSpecification.Parse(name).ApplyTo(Container).Network);

    [Fact]
    public void Fields_say_how_a_container_is_connected()
    {
        var connected = NetworkSpecification.Parse("name=front,alias=web,alias=www,ip=172.30.0.5,ip6=fd00::5,mac-address=02:42:ac:1e:00:05,\"driver-opt=a=b=c\",driver-opt=d=e").ApplyTo(Container);

        Assert.Equal("front", connected.Network);
        Assert.Equal(["web", "www"], connected.NetworkAliases);
        Assert.Equal(("172.30.0.5", "fd00::5", "02:42:ac:1e:00:05"), (connected.IPv4Address, connected.IPv6Address, connected.MacAddress));
        Assert.Equal([new("a", "b=c"), new("d", "e")], connected.NetworkDriverOptions.OrderBy(option => option.Key));
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("alias=web", "it has no name")]
    [InlineData("name=", "has no value")]
    [InlineData("name=a,name=b", "twice")]
    [InlineData("name=a,ip=fd00::5", "IPv4")]
    [InlineData("name=a,ip6=10.0.0.1", "IPv6")]
    [InlineData("name=a,driver-opt=b", "key=value")]
    [InlineData("name=a,color=red", "'color'")]
    [InlineData("name=a,b", "'b'")]
    public void What_is_not_in_the_notation_is_refused_with_the_reason(string text, string reason)
    {
        var error = Assert.Throws<ZLayerException>(() => NetworkSpecification.Parse(text));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_said_twice_is_refused()
    {
        var network = NetworkSpecification.Parse("name=front,alias=web,ip=172.30.0.5");

        Assert.Throws<ZLayerException>(() => network.ApplyTo(Container with { NetworkAliases = ["www"] }));
        Assert.Throws<ZLayerException>(() => network.ApplyTo(Container with { IPv4Address = "172.30.0.6" }));
        Assert.Equal("fd00::5", network.ApplyTo(Container with { IPv6Address = "fd00::5" }).IPv6Address);
    }
}
