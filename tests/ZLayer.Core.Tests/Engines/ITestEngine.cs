namespace ZLayer.Core.Tests.Engines;

/// <summary>An engine with the Docker API that the tests started. Disposing ends it and leaves nothing behind.</summary>
public interface ITestEngine : IAsyncDisposable
{
    /// <summary>The address, as <c>DOCKER_HOST</c> has it.</summary>
    string Host { get; }
}
