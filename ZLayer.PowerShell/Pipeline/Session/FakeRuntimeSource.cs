using ZLayer.Core.Runtimes;
using ZLayer.Testing;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>Makes the runtime <c>fake</c> of one data root, over one state. Its assembly is loaded when it is first asked for.</summary>
internal sealed class FakeRuntimeSource
{
    private readonly Lock _gate = new();

    // A plain field of the type does not load it; a Lazy of it would.
    private FakeRuntimeState? _state;

    public FakeRuntimeSource()
        => Runtimes = new Dictionary<string, Func<IContainerRuntime>> { [FakeRuntime.RuntimeName] = Create };

    /// <summary>The runtime by its name, as an engine takes it.</summary>
    public IReadOnlyDictionary<string, Func<IContainerRuntime>> Runtimes { get; }

    private IContainerRuntime Create()
    {
        lock (_gate)
        {
            return new FakeRuntime(_state ??= new FakeRuntimeState());
        }
    }
}
