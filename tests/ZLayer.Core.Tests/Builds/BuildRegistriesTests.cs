using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Builds;

public sealed class BuildRegistriesTests
{
    [Theory]
    [InlineData("FROM reg.example/base", "reg.example")]
    [InlineData("ARG R=reg.example\nFROM ${R}/base", "reg.example")]
    [InlineData("FROM reg.example/base AS a\nFROM a\nCOPY --from=reg.example/tools /t /t", "reg.example")]
    [InlineData("FROM alpine", "docker.io")]
    // A stage that nobody needs is never looked up.
    [InlineData("FROM other.example/unused AS u\nFROM reg.example/base", "reg.example")]
    [InlineData("FROM scratch\nRUN --mount=from=reg.example/tools,target=/t true", "reg.example")]
    [InlineData("FROM reg.example/base AS one\nFROM one AS two\nCOPY --from=0 /a /a", "reg.example")]
    public void A_credential_is_for_the_registry_of_the_images(string dockerfile, string registry)
        => Assert.Equal(registry, BuildRegistries.Of(Options(dockerfile)).ForCredential());

    [Fact]
    public void A_build_argument_leads_to_its_registry()
        => Assert.Equal("own.example", BuildRegistries.Of(Options("ARG R=reg.example\nFROM ${R}/base") with
        {
            BuildArguments = new Dictionary<string, string> { ["R"] = "own.example" },
        }).ForCredential());

    [Fact]
    public void A_named_context_leads_to_its_registry()
        => Assert.Equal("own.example", BuildRegistries.Of(Options("FROM base") with
        {
            NamedContexts = new Dictionary<string, string> { ["base"] = "docker-image://own.example/base" },
        }).ForCredential());

    [Fact]
    public void The_registry_that_gets_the_result_comes_first()
    {
        var options = Options("FROM other.example/base") with { Tags = [ImageReference.Parse("reg.example/app:1")] };

        Assert.Equal("other.example", BuildRegistries.Of(options).ForCredential());
        Assert.Equal("reg.example", BuildRegistries.Of(options with { Push = true }).ForCredential());
        Assert.Equal("reg.example", BuildRegistries.Of(options with { Outputs = [ExporterSpecification.Parse("type=registry")] }).ForCredential());
        Assert.Equal("out.example", BuildRegistries.Of(options with { Outputs = [ExporterSpecification.Parse("type=image,push=true,name=out.example/a")] }).ForCredential());
        Assert.Equal("other.example", BuildRegistries.Of(options with { Outputs = [ExporterSpecification.Parse("type=image,name=out.example/a")] }).ForCredential());
    }

    [Theory]
    [InlineData("FROM a.example/base\nCOPY --from=b.example/tools /t /t", "a.example, b.example")]
    [InlineData("FROM a.example/base AS a\nFROM alpine\nCOPY --from=a /t /t", "a.example, docker.io")]
    [InlineData("FROM scratch", "no registry")]
    public void A_credential_is_shown_to_nobody_where_it_is_not_clear_whose_it_is(string dockerfile, string told)
    {
        var error = Assert.Throws<ZLayerException>(() => BuildRegistries.Of(Options(dockerfile)).ForCredential());

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Contains(told, error.Message);
    }

    private static BuildOptions Options(string dockerfile) => new() { DockerfileText = dockerfile };
}
