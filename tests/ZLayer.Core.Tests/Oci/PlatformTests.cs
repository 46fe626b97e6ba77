using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Oci;

public sealed class PlatformTests
{
    [Theory]
    [InlineData("linux/amd64", "linux/amd64")]
    [InlineData("linux/x86_64", "linux/amd64")]
    [InlineData("Linux/AARCH64", "linux/arm64")]
    [InlineData("linux/arm64/v8", "linux/arm64")]
    [InlineData("linux/arm", "linux/arm/v7")]
    [InlineData("linux/armhf", "linux/arm/v7")]
    [InlineData("linux/arm/6", "linux/arm/v6")]
    [InlineData("linux/amd64/v3", "linux/amd64/v3")]
    [InlineData("macos/arm64", "darwin/arm64")]
    [InlineData("windows/amd64", "windows/amd64")]
    public void Spellings_are_normalised(string text, string expected)
        => Assert.Equal(expected, Platform.Parse(text).ToString());

    [Fact]
    public void An_architecture_alone_takes_the_hosts_system()
        => Assert.Equal(Platform.Host.Os + "/arm64", Platform.Parse("arm64").ToString());

    [Fact]
    public void Windows_versions_are_read_from_parentheses()
        => Assert.Equal("10.0.20348.1", Platform.Parse("windows(10.0.20348.1)/amd64").OsVersion);

    [Theory]
    [InlineData("")]
    [InlineData("linux/")]
    [InlineData("a/b/c/d")]
    [InlineData("potato")]
    [InlineData("linux/amd 64")]
    public void Nonsense_is_refused(string text) => Assert.False(Platform.TryParse(text, out _));

    [Theory]
    [InlineData("linux/arm/v7", "linux/arm/v6", true)]
    [InlineData("linux/arm/v6", "linux/arm/v7", false)]
    [InlineData("linux/amd64", "linux/amd64", true)]
    [InlineData("linux/amd64/v3", "linux/amd64", true)]
    [InlineData("linux/amd64", "linux/amd64/v3", false)]
    [InlineData("linux/amd64", "linux/arm64", false)]
    [InlineData("linux/arm64", "linux/arm64/v8", true)]
    [InlineData("windows(10.0.20348.5)/amd64", "windows(10.0.20348.9)/amd64", true)]
    [InlineData("windows(10.0.20348.5)/amd64", "windows(10.0.17763.9)/amd64", false)]
    public void Older_variants_run_on_newer_machines(string wanted, string offered, bool runs)
        => Assert.Equal(runs, Platform.Parse(wanted).Accepts(Platform.Parse(offered)));

    [Fact]
    public void The_closest_variant_wins()
    {
        Platform[] offered = [Platform.Parse("linux/arm/v5"), Platform.Parse("linux/arm/v6"), Platform.Parse("linux/arm/v7")];
        Assert.Equal("linux/arm/v6", PlatformMatch.Best(Platform.Parse("linux/arm/v6"), offered, p => p)?.ToString());
    }
}
