using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Tests.Runtimes.Oci;

public sealed class BinaryFormatsTests : IDisposable
{
    private static readonly Platform Amd64 = Platform.Parse("linux/amd64");
    private readonly string _registrations = Directory.CreateTempSubdirectory("zlayer-binfmt-").FullName;

    public void Dispose() => Directory.Delete(_registrations, recursive: true);

    [Theory]
    [InlineData("linux/amd64", "linux/amd64")]
    [InlineData("linux/386", "linux/amd64")]
    [InlineData("linux/arm/v7", "linux/arm64")]
    public void Native_programs_need_nothing(string platform, string host)
        => BinaryFormats.Require(Platform.Parse(platform), Platform.Parse(host), _registrations);

    [Fact]
    public void An_interpreter_for_the_architecture_is_enough()
    {
        Register("qemu-aarch64", "enabled", "7f454c460201010000000000000000000200b700");
        Register("qemu-s390x", "enabled", "7f454c4602020100000000000000000000020016");
        Register("python3", "enabled", "6f0d0d0a");
        File.WriteAllText(Path.Combine(_registrations, "status"), "enabled\n");

        BinaryFormats.Require(Platform.Parse("linux/arm64"), Amd64, _registrations);
        BinaryFormats.Require(Platform.Parse("linux/s390x"), Amd64, _registrations);
        AssertRefused("linux/ppc64le");
    }

    [Fact]
    public void A_disabled_interpreter_does_not_count()
    {
        Register("qemu-aarch64", "disabled", "7f454c460201010000000000000000000200b700");

        AssertRefused("linux/arm64");
    }

    [Fact]
    public void Other_systems_are_refused()
        => Assert.Equal(
            ZLayerErrorKind.OperationNotSupported,
            Assert.Throws<ZLayerException>(() => BinaryFormats.Require(Platform.Parse("windows/amd64"), Amd64, _registrations)).Kind);

    private void AssertRefused(string platform)
    {
        var error = Assert.Throws<ZLayerException>(() => BinaryFormats.Require(Platform.Parse(platform), Amd64, _registrations));
        Assert.Equal(ZLayerErrorKind.OperationNotSupported, error.Kind);
        Assert.Contains("qemu-user-static", error.Advice);
    }

    private void Register(string name, string state, string magic)
        => File.WriteAllText(Path.Combine(_registrations, name), $"{state}\ninterpreter /usr/bin/{name}\nflags: F\noffset 0\nmagic {magic}\nmask ffffff\n");
}
