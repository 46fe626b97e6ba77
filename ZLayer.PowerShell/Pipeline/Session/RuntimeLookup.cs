using ZLayer.Core;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Finds runtimes for one call of a cmdlet, on any thread. The runtime of an object wins; then come -Runtime, the session's choice
/// (Use-ZLayerRuntime) and the engine's default.
/// </summary>
/// <param name="session">The session.</param>
/// <param name="name">The value of -Runtime.</param>
/// <param name="root">The full path of -Root.</param>
internal sealed class RuntimeLookup(ZLayerSession session, string? name, string? root)
{
    /// <summary>The runtime of bare names.</summary>
    /// <exception cref="Core.Errors.ZLayerException">RuntimeNotFound.</exception>
    public IContainerRuntime Default => session.GetRuntime(name, root);

    /// <summary>The engine of -Root.</summary>
    public ZLayerEngine Engine => session.GetEngine(root);

    /// <summary>The runtime of what a user named.</summary>
    /// <param name="identity">The container.</param>
    /// <exception cref="Core.Errors.ZLayerException">RuntimeNotFound.</exception>
    public IContainerRuntime Of(ContainerIdentity identity) => session.GetRuntime(identity.Runtime ?? name, identity.Root ?? root);

    /// <summary>The runtime for a container of an image.</summary>
    /// <param name="identity">The image; one of the store tells of no runtime.</param>
    /// <exception cref="Core.Errors.ZLayerException">RuntimeNotFound.</exception>
    public IContainerRuntime Of(ImageIdentity identity) => session.GetRuntime(identity.Runtime ?? name, identity.Root ?? root);

    /// <summary>The engine whose store holds an image.</summary>
    /// <param name="identity">The image.</param>
    public ZLayerEngine EngineOf(ImageIdentity identity) => session.GetEngine(identity.Root ?? root);
}
