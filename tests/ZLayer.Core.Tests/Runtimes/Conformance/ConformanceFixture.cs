using System.Collections.Concurrent;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>Shares the runtimes of the suite among its test classes: each is opened when the first case needs it, and closed in the end.</summary>
public sealed class ConformanceFixture : IAsyncLifetime
{
    private readonly IReadOnlyList<ConformanceRuntime> _runtimes = ConformanceRuntimes.Create();
    private readonly ConcurrentDictionary<string, Task<SharedContainers>> _open = new();

    /// <inheritdoc/>
    public Task InitializeAsync() => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        foreach (var shared in _open.Values.Where(opening => opening.IsCompletedSuccessfully))
        {
            await (await shared).DisposeAsync();
        }

        foreach (var runtime in _runtimes)
        {
            await runtime.DisposeAsync();
        }
    }

    /// <summary>A runtime by its name, with the containers that cases share; skips the test where there is none.</summary>
    internal Task<SharedContainers> OpenAsync(string name) => _open.GetOrAdd(name, async _ =>
    {
        var runtime = _runtimes.Single(one => one.Name == name);
        await runtime.OpenAsync();
        return new SharedContainers(runtime);
    });
}

/// <summary>Runs the suite beside the tests that share one engine: its engines are its own.</summary>
[CollectionDefinition(Name)]
public sealed class ConformanceCollection : ICollectionFixture<ConformanceFixture>
{
    public const string Name = "Conformance of runtimes";
}
