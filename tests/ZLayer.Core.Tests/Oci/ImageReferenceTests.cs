using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Tests.Oci;

public sealed class ImageReferenceTests
{
    private const string Hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Theory]
    [InlineData("http://localhost:5000/team/app:1.0", "localhost:5000/team/app:1.0")]
    [InlineData("https://ghcr.io/a/b", "ghcr.io/a/b")]
    [InlineData("docker://nginx", "nginx")]
    public void An_address_is_refused_with_the_name_in_it(string address, string name)
    {
        var error = Assert.Throws<ZLayerException>(() => ImageReference.Parse(address));
        Assert.Equal(ZLayerErrorKind.InvalidImageReference, error.Kind);
        Assert.Contains($"'{name}'", error.Advice, StringComparison.Ordinal);
        Assert.DoesNotContain("port", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nginx", "docker.io/library/nginx:latest")]
    [InlineData("nginx:1.27", "docker.io/library/nginx:1.27")]
    [InlineData("team/app", "docker.io/team/app:latest")]
    [InlineData("docker.io/nginx", "docker.io/library/nginx:latest")]
    [InlineData("index.docker.io/library/nginx", "docker.io/library/nginx:latest")]
    [InlineData("localhost/app", "localhost/app:latest")]
    [InlineData("localhost:5000/a/b", "localhost:5000/a/b:latest")]
    [InlineData("ghcr.io/o/app:1.0", "ghcr.io/o/app:1.0")]
    [InlineData("127.0.0.1:5000/x", "127.0.0.1:5000/x:latest")]
    [InlineData("[::1]:5000/x:y", "[::1]:5000/x:y")]
    [InlineData("nginx@sha256:" + Hex, "docker.io/library/nginx@sha256:" + Hex)]
    [InlineData("localhost:5000/a/b@sha256:" + Hex, "localhost:5000/a/b@sha256:" + Hex)]
    [InlineData("a:1@sha256:" + Hex, "docker.io/library/a:1@sha256:" + Hex)]
    [InlineData("a__b/c-d/e---f", "docker.io/a__b/c-d/e---f:latest")]
    public void Names_are_normalised_as_Docker_does(string text, string expected)
        => Assert.Equal(expected, ImageReference.Parse(text).ToString());

    [Theory]
    [InlineData("docker.io/library/nginx", "nginx")]
    [InlineData("docker.io/library/a/b", "library/a/b")]
    [InlineData("library/library/a", "library/library/a")]
    [InlineData("library/library", "library")]
    [InlineData("team/app", "team/app")]
    [InlineData("quay.io/library/nginx", "quay.io/library/nginx")]
    public void The_familiar_name_means_the_same_image(string text, string expected)
    {
        var familiar = ImageReference.Parse(text).FamiliarName;
        Assert.Equal(expected, familiar);
        Assert.Equal(ImageReference.Parse(text), ImageReference.Parse(familiar));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("UPPER")]
    [InlineData("nginx:")]
    [InlineData("nginx:-x")]
    [InlineData("a//b")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a___b")]
    [InlineData("a..b")]
    [InlineData("-a")]
    [InlineData("nginx@sha256:123")]
    [InlineData("host.example:port/x")]
    [InlineData("host.example:99999/x")]
    [InlineData(Hex)]
    public void Bad_names_are_refused_with_advice(string text)
    {
        var error = Assert.Throws<ZLayerException>(() => ImageReference.Parse(text));
        Assert.Equal(ZLayerErrorKind.InvalidImageReference, error.Kind);
        Assert.NotNull(error.Advice);
    }

    [Theory]
    [InlineData("nginx", "nginx:latest")]
    [InlineData("team/app:1", "team/app:1")]
    [InlineData("ghcr.io/o/app", "ghcr.io/o/app:latest")]
    public void The_familiar_form_drops_what_is_implied(string text, string expected)
        => Assert.Equal(expected, ImageReference.Parse(text).ToFamiliarString());
}
