namespace ZLayer.Core.Tests.Engines;

/// <summary>
/// A Docker engine for tests: the one that <c>ZLAYER_TEST_DOCKER_HOST</c> names, else one of its own.
/// Tests say <c>Skip.IfNot(docker.IsAvailable, docker.Reason)</c>. Share it with <c>[Collection(DockerEngineCollection.Name)]</c>.
/// </summary>
public sealed class DockerEngineFixture : IAsyncLifetime
{
    private PrivateEngine? _engine;

    public bool IsAvailable { get; private set; }

    /// <summary>Why there is no engine.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>The address, as <c>DOCKER_HOST</c> has it.</summary>
    public string Host { get; private set; } = "";

    public async Task InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("ZLAYER_TEST_DOCKER_HOST") is { Length: > 0 } host)
        {
            (Host, IsAvailable) = (host, true);
            return;
        }

        if (PrivateEngine.Obstacle is { } obstacle)
        {
            Reason = obstacle;
            return;
        }

        try
        {
            _engine = await PrivateEngine.StartAsync();
            (Host, IsAvailable) = (_engine.Host, true);
        }
        catch (InvalidOperationException e)
        {
            Reason = e.Message;
        }
    }

    public async Task DisposeAsync()
    {
        if (_engine is not null)
        {
            await _engine.DisposeAsync();
        }
    }

    /// <summary>Runs the docker command line against the engine.</summary>
    public Task<ProgramResult> RunAsync(params string[] arguments) => Programs.RunAsync("docker", ["-H", Host, .. arguments]);
}
