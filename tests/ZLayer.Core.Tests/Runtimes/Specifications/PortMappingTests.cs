using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Specifications;

public sealed class PortMappingTests
{
    [Theory]
    [InlineData("80", "80/tcp")]
    [InlineData("80/UDP", "80/udp")]
    [InlineData(" 8080:80 ", "8080:80/tcp")]
    [InlineData("0:80", "80/tcp")]
    [InlineData("127.0.0.1:8080:80/udp", "127.0.0.1:8080:80/udp")]
    [InlineData("127.0.0.1::80", "127.0.0.1::80/tcp")]
    [InlineData("[::1]:8080:80/sctp", "[::1]:8080:80/sctp")]
    [InlineData("::1:8080:80", "[::1]:8080:80/tcp")]
    [InlineData("8000-8010:80", "8000-8010:80/tcp")]
    [InlineData("7000-7000:70-70", "7000:70/tcp")]
    [InlineData("80-81", "80/tcp 81/tcp")]
    [InlineData("8000-8002:80-82/udp", "8000:80/udp 8001:81/udp 8002:82/udp")]
    public void Mappings_are_parsed_and_shown(string text, string expected)
        => Assert.Equal(expected, string.Join(' ', PortMapping.Parse(text)));

    [Fact]
    public void A_range_for_one_port_is_a_choice_and_two_ranges_are_pairs()
    {
        Assert.Equal([new PortMapping { ContainerPort = 80, HostPort = 8000, HostPortEnd = 8010 }], PortMapping.Parse("8000-8010:80"));
        Assert.Equal(11, PortMapping.Parse("8000-8010:80-90").Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("80:")]
    [InlineData("0")]
    [InlineData("http")]
    [InlineData("65536")]
    [InlineData("-1:80")]
    [InlineData("80/icmp")]
    [InlineData("8001-8000:80")]
    [InlineData("8000-8001:80-82")]
    [InlineData("8000:80-82")]
    [InlineData("localhost:8080:80")]
    [InlineData("1:8080:80")]
    [InlineData("300.1.1.1:80:80")]
    [InlineData("[::1:80:80")]
    [InlineData("8080:80:tcp")]
    public void Text_that_is_no_mapping_is_refused(string text)
    {
        var error = Assert.Throws<ZLayerException>(() => PortMapping.Parse(text));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Equal(text, error.Subject);
        Assert.False(PortMapping.TryParse(text, out _));
    }
}
