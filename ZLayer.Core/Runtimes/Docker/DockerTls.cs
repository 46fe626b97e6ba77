namespace ZLayer.Core.Runtimes.Docker;

/// <summary>TLS to an engine: whom to trust, and who asks. The files are PEM.</summary>
public sealed record DockerTls
{
    /// <summary>The authorities that may have issued the engine's certificate; null trusts those of the system.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>The client's certificate; null shows none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>The key of the client's certificate.</summary>
    public string? KeyFile { get; init; }

    /// <summary>False accepts any certificate of the engine, so that whoever answers is believed.</summary>
    public bool Verify { get; init; } = true;

    /// <summary>The files that a directory has of <c>ca.pem</c>, <c>cert.pem</c> and <c>key.pem</c>.</summary>
    /// <param name="directory">The directory; it need not exist.</param>
    /// <param name="verify">Whether the engine's certificate is verified.</param>
    public static DockerTls FromDirectory(string directory, bool verify)
    {
        return new DockerTls
        {
            AuthorityFile = Existing("ca.pem"),
            CertificateFile = Existing("cert.pem"),
            KeyFile = Existing("key.pem"),
            Verify = verify,
        };

        string? Existing(string name) => Path.Combine(directory, name) is var path && File.Exists(path) ? path : null;
    }
}
