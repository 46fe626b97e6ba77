using ZLayer.Core.Builds.Run;

namespace ZLayer.Core.Builds.Solving;

/// <summary>The mounts of a RUN, ready; holds cache locks and temporary directories until it is disposed.</summary>
internal sealed class PreparedMounts : IAsyncDisposable
{
    private readonly Stack<IDisposable> _owned = new();
    private int _agents;

    /// <summary>The mounts.</summary>
    public List<StepMount> Mounts { get; } = [];

    /// <summary>The directories of layers that mounts show.</summary>
    public List<string> LayerDirectories { get; } = [];

    /// <summary>Secrets that the step sees as variables, <c>NAME=value</c>.</summary>
    public List<string> SecretVariables { get; } = [];

    /// <summary>Ends with the mounts.</summary>
    public void Own(IDisposable resource) => _owned.Push(resource);

    /// <summary>The number of the next SSH agent, from 0.</summary>
    public int NextAgent() => _agents++;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out var resource))
        {
            resource.Dispose();
        }

        return ValueTask.CompletedTask;
    }
}
