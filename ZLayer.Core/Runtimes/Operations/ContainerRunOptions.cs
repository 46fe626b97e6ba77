using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>How a container is run from its making to its end.</summary>
public sealed record ContainerRunOptions
{
    /// <summary>What it is made of. The pull policy is followed; the input is opened when there is one.</summary>
    public required ContainerSpecification Specification { get; init; }

    /// <summary>Removes the container, with its anonymous volumes, at its end.</summary>
    public bool Remove { get; init; }

    /// <summary>What its process reads, from where it stands to its end; null gives it no input. It stays open.</summary>
    public Stream? Input { get; init; }

    /// <summary>How long it may run; null is without a limit.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Where an image is looked for that the runtime lacks, before a registry is asked; null is nowhere.</summary>
    public IImageSource? Images { get; init; }

    /// <summary>What proves who asks, when the image is brought in; null looks the registry's host up.</summary>
    public Registries.RegistryCredential? Credential { get; init; }
}
