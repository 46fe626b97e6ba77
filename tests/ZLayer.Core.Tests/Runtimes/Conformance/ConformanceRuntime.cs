using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;

namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>
/// A runtime of the conformance suite: how it is obtained, what it can run and pull, and how it is left. The suite knows nothing else of it:
/// what it does otherwise than the contract says stands in <see cref="RuntimeDifferences"/>.
/// </summary>
internal abstract class ConformanceRuntime : IAsyncDisposable
{
    /// <summary>What tests and differences call it.</summary>
    public abstract string Name { get; }

    /// <summary>The runtime; null until it is open.</summary>
    public IContainerRuntime Runtime { get; protected set; } = null!;

    /// <summary>The version of what runs the containers; differences may depend on it.</summary>
    public Version Version { get; protected set; } = new(0, 0);

    /// <summary>An image with a shell and the usual small programs, which is there once the runtime is open.</summary>
    public abstract string Image { get; }

    /// <summary>The address of its engine, as <c>DOCKER_HOST</c> has it; null when it has none.</summary>
    public virtual string? Host => null;

    /// <summary>Whether nobody else uses the runtime, so that everything unused may be removed from it.</summary>
    public virtual bool IsOwn => true;

    /// <summary>A network in which containers have addresses and publish ports; null when the runtime has none here.</summary>
    public string? Network { get; protected set; }

    /// <summary>An image that a registry has and the runtime does not hold; null when there is no registry for the runtime here.</summary>
    public ImageReference? Pullable { get; protected set; }

    /// <summary>An image that the same registry does not have.</summary>
    public ImageReference? Unknown { get; protected set; }

    /// <summary>An image of a registry that cannot be reached.</summary>
    public abstract ImageReference Unreachable { get; }

    /// <summary>Obtains the runtime, or skips the test with the reason why there is none.</summary>
    public abstract Task OpenAsync();

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        if (Runtime is not null)
        {
            await Runtime.DisposeAsync();
        }
    }
}
