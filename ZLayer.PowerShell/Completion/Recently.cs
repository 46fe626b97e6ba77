using ZLayer.Core;
using ZLayer.Core.Images;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Storage;

namespace ZLayer.PowerShell.Completion;

/// <summary>What completion asks again and again.</summary>
internal static class Recently
{
    // Longer than a completion waits: what comes too late for this one is there for the next.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>The images of a store.</summary>
    public static Recent<ZLayerEngine, IReadOnlyList<ImageInfo>> Images { get; } = new(engine => engine.Images.List());

    /// <summary>The containers of a runtime.</summary>
    public static Recent<IContainerRuntime, IReadOnlyList<ContainerInfo>> Containers { get; }
        = new(runtime => Wait(token => runtime.ListContainersAsync(new ContainerFilter { IsBrief = true }, token)));

    /// <summary>What the build cache of a store holds.</summary>
    public static Recent<ZLayerEngine, IReadOnlyList<BuildCacheEntry>> BuildCache { get; } = new(engine => engine.GetBuildCache());

    /// <summary>The images of a runtime.</summary>
    public static Recent<IContainerRuntime, IReadOnlyList<ImageInfo>> RuntimeImages { get; }
        = new(runtime => Wait(runtime.ListImagesAsync));

    /// <summary>What a runtime is, and why it cannot be used.</summary>
    public static Recent<IContainerRuntime, RuntimeInfo> Runtime { get; }
        = new(runtime => Wait(token => runtime.DescribeAsync(detailed: false, token)));

    private static T Wait<T>(Func<CancellationToken, Task<T>> ask)
    {
        using var patience = new CancellationTokenSource(Patience);
        return ask(patience.Token).GetAwaiter().GetResult();
    }
}
