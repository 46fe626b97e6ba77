using ZLayer.Core.Registries;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Which addresses that a registry names are asked.</summary>
public sealed class RedirectRuleTests
{
    [Theory]
    [InlineData("https://registry.example", "https://registry.example", "https://cdn.example/blob")]
    [InlineData("http://registry.example:5000", "http://registry.example:5000", "http://storage.example/blob")]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.1:5000", "http://127.0.0.1:9000/blob")]
    [InlineData("http://localhost:5000", "http://localhost:5000", "http://[::1]:9000/blob")]
    [InlineData("http://10.0.0.5:5000", "http://10.0.0.5:5000", "http://10.0.0.6/blob")]
    [InlineData("http://localhost.:5000", "http://localhost.:5000", "http://127.0.0.1:9000/blob")]
    [InlineData("http://169.254.7.7:5000", "http://169.254.7.7:5000", "http://169.254.7.8/blob")]
    [InlineData("http://127.0.0.1:5000", "http://127.0.0.1:5000", "http://169.254.7.8/blob")]
    public void Storage_elsewhere_is_asked(string registry, string from, string to) => Assert.Null(Refusal(registry, from, to));

    [Theory]
    [InlineData("http://127.0.0.1:2375/containers/json")]
    [InlineData("https://localhost/blob")]
    [InlineData("http://app.localhost/blob")]
    [InlineData("http://127.9.9.9/blob")]
    [InlineData("http://[::1]:2375/blob")]
    [InlineData("http://0.0.0.0:2375/blob")]
    [InlineData("http://[::]:2375/blob")]
    [InlineData("http://[::ffff:127.0.0.1]/blob")]
    [InlineData("http://0x7f.1/blob")]
    [InlineData("http://2130706433/blob")]
    [InlineData("https://localhost./blob")]
    [InlineData("http://app.LOCALHOST./blob")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    [InlineData("http://[::ffff:169.254.169.254]/latest/meta-data")]
    [InlineData("http://[fe80::1]/blob")]
    [InlineData("http://[fe80::1%251]/blob")]
    [InlineData("http://[febf::1]/blob")]
    public void A_remote_registry_reaches_nothing_of_this_machine(string to)
    {
        Assert.NotNull(Refusal("http://registry.example", "http://registry.example", to));
        Assert.NotNull(Refusal("http://registry.example", "http://cdn.example", to));
    }

    [Theory]
    [InlineData("http://127.0.0.1/blob")]
    [InlineData("http://localhost./blob")]
    public void A_registry_on_the_network_link_reaches_nothing_of_this_machine(string to) => Assert.NotNull(Refusal("http://169.254.7.7", "http://169.254.7.7", to));

    [Theory]
    [InlineData("https://registry.example", "http://cdn.example/blob")]
    [InlineData("https://localhost:5000", "http://localhost:9000/blob")]
    [InlineData("http://registry.example", "ftp://cdn.example/blob")]
    [InlineData("http://registry.example", "file:///etc/passwd")]
    public void A_connection_is_never_made_less_secure_or_something_else(string from, string to) => Assert.NotNull(Refusal(from, from, to));

    private static string? Refusal(string registry, string from, string to) => RedirectRule.Refusal(new Uri(registry), new Uri(from), new Uri(to));
}
