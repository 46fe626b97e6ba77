namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>How Windows isolates a container.</summary>
public enum ContainerIsolation
{
    /// <summary>As the runtime chooses.</summary>
    Auto,
    /// <summary>In namespaces of the host's kernel.</summary>
    Process,
    /// <summary>In a small virtual machine.</summary>
    HyperV,
}
