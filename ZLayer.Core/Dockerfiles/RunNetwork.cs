namespace ZLayer.Core.Dockerfiles;

/// <summary>The network of a RUN step.</summary>
public enum RunNetwork
{
    /// <summary>The build's network.</summary>
    Default = 0,
    /// <summary>A loopback interface only.</summary>
    None,
    /// <summary>The host's network.</summary>
    Host,
}
