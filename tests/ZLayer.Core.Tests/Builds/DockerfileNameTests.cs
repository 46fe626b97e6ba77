using ZLayer.Core.Builds;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Builds;

public sealed class DockerfileNameTests : IDisposable
{
    private readonly string _context = Directory.CreateTempSubdirectory("zlayer-names-").FullName;

    public void Dispose() => Directory.Delete(_context, recursive: true);

    [Theory]
    [InlineData("Dockerfile", "Dockerfile", "Containerfile", "ZImagefile")]
    [InlineData("Containerfile", "ZImagefile", "Containerfile", "other.Dockerfile")]
    [InlineData("ZImagefile", "ZImagefile")]
    [InlineData("Dockerfile", "dockerfile", "Dockerfile", "DOCKERFILE")]
    [InlineData("dockerfile", "dockerfile", "Containerfile")]
    [InlineData("containerFile", "containerFile")]
    [InlineData("zimagefile", "zimagefile")]
    [InlineData(null, "Dockerfile.prod", "my.Containerfile")]
    public void A_context_has_the_first_of_the_names_in_any_case(string? expected, params string[] files)
    {
        foreach (var file in files)
        {
            File.WriteAllText(Path.Combine(_context, file), $"FROM scratch\nLABEL from={file}\n");
        }

        Assert.Equal(expected, Path.GetFileName(new BuildOptions { ContextDirectory = _context }.FindDockerfile()));
    }

    [Fact]
    public void The_file_or_the_text_that_is_given_is_the_dockerfile()
    {
        var given = Path.Combine(_context, "given");
        File.WriteAllText(Path.Combine(_context, "Dockerfile"), "FROM scratch\n");

        Assert.Equal(given, new BuildOptions { ContextDirectory = _context, DockerfilePath = given }.FindDockerfile());
        Assert.Null(new BuildOptions { ContextDirectory = _context, DockerfileText = "FROM scratch" }.FindDockerfile());
        Assert.Null(new BuildOptions().FindDockerfile());
    }

    [Fact]
    public void What_is_not_a_file_is_passed_over_and_a_link_to_one_is_not()
    {
        Directory.CreateDirectory(Path.Combine(_context, "Dockerfile"));
        Directory.CreateDirectory(Path.Combine(_context, "containerfile"));
        File.WriteAllText(Path.Combine(_context, "real"), "FROM scratch\n");
        File.CreateSymbolicLink(Path.Combine(_context, "ZImagefile"), "real");

        Assert.Equal("ZImagefile", Path.GetFileName(new BuildOptions { ContextDirectory = _context }.FindDockerfile()));
    }

    [Fact]
    public void The_error_names_what_was_looked_for()
    {
        var error = Assert.Throws<ZLayerException>(() => new BuildOptions { ContextDirectory = _context }.ReadDockerfile());

        Assert.Equal(ZLayerErrorKind.PathNotFound, error.Kind);
        Assert.Contains("Dockerfile, Containerfile or ZImagefile", error.Message, StringComparison.Ordinal);
    }
}
