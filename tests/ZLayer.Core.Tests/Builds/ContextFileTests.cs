using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Builds;

/// <summary>The Dockerfile and the ignore file of a directory that strangers wrote.</summary>
public sealed class ContextFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly string _context;

    public ContextFileTests()
    {
        _context = _directory.CreateDirectory("context");
        File.WriteAllText(_directory.Combine("secret"), "root:hunter2:0:0\n");
    }

    public void Dispose() => _directory.Dispose();

    [SkippableTheory]
    [InlineData("Dockerfile")]
    [InlineData(".dockerignore")]
    [InlineData("Dockerfile.dockerignore")]
    public void A_link_out_of_the_context_is_refused_and_shows_nothing(string name)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        File.WriteAllText(_context + "/Dockerfile", "FROM scratch\n");
        File.Delete($"{_context}/{name}");
        foreach (var target in (string[])["../secret", _directory.Combine("secret"), "/etc/passwd", "sub/../../secret"])
        {
            Directory.CreateDirectory(_context + "/sub");
            File.CreateSymbolicLink($"{_context}/{name}", target);

            var error = Assert.Throws<ZLayerException>(Read);

            Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
            Assert.DoesNotContain("hunter2", error + string.Join(' ', error.Details), StringComparison.Ordinal);
            File.Delete($"{_context}/{name}");
        }
    }

    [SkippableTheory]
    [InlineData("Dockerfile")]
    [InlineData(".dockerignore")]
    public void Pipes_and_devices_are_refused_and_not_waited_for(string name)
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        File.WriteAllText(_context + "/Dockerfile", "FROM scratch\n");
        File.Delete($"{_context}/{name}");
        Linux.MakeNode($"{_context}/{name}", LinuxFileStatus.Fifo);

        Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(Read).Kind);
    }

    [SkippableFact]
    public void A_file_that_is_too_big_is_refused_before_it_is_read()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        using (var file = File.Create(_context + "/Dockerfile"))
        {
            file.SetLength(20L << 30);
        }

        Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(Read).Kind);
    }

    [SkippableFact]
    public void Links_within_the_context_and_files_that_the_caller_names_outside_of_it_are_read()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        Directory.CreateDirectory(_context + "/docker");
        File.WriteAllText(_context + "/docker/main", "FROM scratch AS inside\n");
        File.CreateSymbolicLink(_context + "/Dockerfile", "docker/main");
        File.WriteAllText(_directory.Combine("other"), "FROM scratch AS outside\n");

        Assert.Equal("inside", Options.ReadDockerfile().Stages[0].Name);
        Assert.Equal("inside", (Options with { DockerfilePath = _context + "/Dockerfile" }).ReadDockerfile().Stages[0].Name);
        Assert.Equal("outside", (Options with { DockerfilePath = _directory.Combine("other") }).ReadDockerfile().Stages[0].Name);
    }

    [SkippableFact]
    public async Task A_Dockerfile_outside_of_the_context_may_be_a_pipe_and_not_a_device_without_an_end()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var pipe = _directory.Combine("pipe");
        Linux.MakeNode(pipe, LinuxFileStatus.Fifo);

        var reading = Task.Run(() => (Options with { DockerfilePath = pipe }).ReadDockerfile());
        await File.WriteAllTextAsync(pipe, "FROM scratch AS piped\n");

        Assert.Equal("piped", (await reading).Stages[0].Name);
        var error = Assert.Throws<ZLayerException>(() => (Options with { DockerfilePath = "/dev/zero" }).ReadDockerfile());
        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
    }

    [SkippableFact]
    public async Task A_secret_may_be_a_pipe_whose_wait_can_be_cancelled_and_not_a_device_without_an_end()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        var pipe = _directory.Combine("pipe");
        Linux.MakeNode(pipe, LinuxFileStatus.Fifo);
        var secret = BuildSecret.FromFile("key", pipe);
        using var stop = new CancellationTokenSource();

        var reading = Task.Run(() => secret.Read());
        await File.WriteAllTextAsync(pipe, "hunter2");
        Assert.Equal("hunter2", System.Text.Encoding.UTF8.GetString(await reading));

        var waiting = Task.Run(() => secret.Read(stop.Token));
        await Waiting.RequireAsync(waiting);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(10)));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => BuildSecret.FromFile("key", "/dev/zero").Read()).Kind);
    }

    private BuildOptions Options => new() { ContextDirectory = _context };

    private void Read()
    {
        _ = Options.ReadDockerfile();
        _ = DockerfileSource.ReadIgnoreFile(Options);
    }
}
