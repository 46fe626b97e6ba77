namespace ZLayer.Core.Runtimes.Docker;

/// <summary>How an engine is reached.</summary>
internal enum DockerTransport
{
    /// <summary>A Unix socket.</summary>
    Unix,

    /// <summary>A named pipe of Windows.</summary>
    NamedPipe,

    /// <summary>TCP, with TLS where <see cref="DockerEndpoint.Tls"/> is set.</summary>
    Tcp,

    /// <summary>The ssh program, which runs the engine's own command line on the other machine.</summary>
    Ssh,
}
