using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Tests.Runtimes.Oci;

public sealed class ResolverConfigurationTests
{
    [Fact]
    public void Servers_on_loopback_are_left_out_and_the_rest_stays()
        => Assert.Equal(
            "# made\nsearch a.example b.example\nnameserver 10.0.0.53\nnameserver 2001:db8::1\noptions ndots:2\n",
            ResolverConfiguration.WithoutLoopback(
                "# made\nsearch a.example b.example\n\nnameserver 127.0.0.53\nnameserver\t10.0.0.53\nnameserver ::1\nnameserver 2001:db8::1\noptions ndots:2\n".Replace('\t', ' '),
                ["8.8.8.8"]));

    [Fact]
    public void Without_a_server_that_can_be_reached_the_fallback_is_used()
        => Assert.Equal(
            "search a.example\nnameserver 9.9.9.9\nnameserver 1.1.1.1\n",
            ResolverConfiguration.WithoutLoopback("search a.example\nnameserver 127.0.0.1\n", ["9.9.9.9", "1.1.1.1"]));

    [Fact]
    public void Hosts_have_their_own_name_and_more()
        => Assert.Equal(
            "127.0.0.1\tlocalhost me\n::1\tlocalhost ip6-localhost ip6-loopback\n10.0.0.1\tdb\n::5\tsix\n",
            HostsFile.Create("me", [("db", "10.0.0.1"), ("six", "::5")]));
}
