using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>Containers of a runtime that several cases look at and none changes: each is made when the first case wants it.</summary>
internal sealed class SharedContainers(ConformanceRuntime subject) : IAsyncDisposable
{
    /// <summary>What the ended container wrote: two lines to its output, one to its errors between them.</summary>
    public const string EndedScript = "echo one; sleep 0.05; echo two >&2; sleep 0.05; echo three; exit 3";

    private readonly Dictionary<string, Task<string>> _containers = [];
    private Task _cleaning = Task.CompletedTask;

    /// <summary>The runtime that holds them.</summary>
    public ConformanceRuntime Subject => subject;

    /// <summary>A container that was never started, by its id.</summary>
    public Task<string> CreatedAsync() => GetAsync("created", "exit 0", start: false, end: false);

    /// <summary>A container that runs for as long as the suite, by its id.</summary>
    public Task<string> RunningAsync() => GetAsync("running", "echo hello; while true; do sleep 1000; done", start: true, end: false);

    /// <summary>A container that ended with exit code 3, by its id.</summary>
    public Task<string> EndedAsync() => GetAsync("ended", EndedScript, start: true, end: true);

    /// <summary>Cleans up while the next case goes on, one after the other.</summary>
    public void Later(Func<Task> cleanUp)
    {
        var before = _cleaning;
        _cleaning = Task.Run(() => AfterAsync(before, cleanUp));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _cleaning;
        foreach (var container in _containers.Values.Where(making => making.IsCompletedSuccessfully))
        {
            await subject.Runtime.RemoveContainerAsync(await container, new ContainerRemoveOptions());
        }
    }

    private static async Task AfterAsync(Task before, Func<Task> cleanUp)
    {
        try
        {
            await before;
        }
        finally
        {
            await cleanUp();
        }
    }

    private Task<string> GetAsync(string kind, string script, bool start, bool end)
    {
        if (!_containers.TryGetValue(kind, out var container))
        {
            _containers[kind] = container = MakeAsync($"conformance-{kind}-{Guid.NewGuid().ToString("N")[..8]}", script, start, end);
        }

        return container;
    }

    private async Task<string> MakeAsync(string name, string script, bool start, bool end)
    {
        var specification = new ContainerSpecification { Image = subject.Image, Name = name, Command = ["sh", "-c", script], Network = "none" };
        var id = (await subject.Runtime.CreateContainerAsync(specification)).Id;
        if (start)
        {
            await subject.Runtime.StartContainerAsync(id);
        }

        if (end)
        {
            await subject.Runtime.WaitContainerAsync(id);
        }

        return id;
    }
}
