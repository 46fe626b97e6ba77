using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Fake;

namespace ZLayer.Core;

public sealed partial class ZLayerEngine
{
    private const string DefaultRuntime = "docker";

    /// <summary>The container runtimes. Asking for them connects to nothing.</summary>
    public RuntimeSet Runtimes => _runtimes.Value;

    private RuntimeSet CreateRuntimes() => new(
        [new(FakeRuntime.RuntimeName, () => new FakeRuntime(_options.FakeRuntime))],
        _options.Runtime ?? DefaultRuntime);
}
