namespace ZLayer.Core.Builds;

/// <summary>The network of RUN steps.</summary>
public enum BuildNetwork
{
    /// <summary>A network of the build's own with a way out; <c>RUN --network</c> may choose otherwise.</summary>
    Default,
    /// <summary>No network for any step.</summary>
    None,
    /// <summary>The host's network for every step, overriding <c>RUN --network</c>.</summary>
    Host,
}
