namespace ZLayer.Core.Builds;

/// <summary>The network of RUN steps.</summary>
public enum BuildNetwork
{
    /// <summary>
    /// A network of the build's own with a way out; <c>RUN --network</c> may choose otherwise. Where none can be set up, steps have no
    /// network, or the host's with the consent <see cref="BuildPrivilege.NetworkHost"/>.
    /// </summary>
    Default,
    /// <summary>No network for any step.</summary>
    None,
    /// <summary>
    /// The host's network for every step, overriding <c>RUN --network</c>; it is consent to <see cref="BuildPrivilege.NetworkHost"/>.
    /// </summary>
    Host,
}
