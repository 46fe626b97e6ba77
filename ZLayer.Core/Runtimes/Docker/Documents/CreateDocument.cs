namespace ZLayer.Core.Runtimes.Docker.Documents;

/// <summary>The body of <c>POST /containers/create</c>. Member names are the API's; what is null is not sent.</summary>
internal sealed record CreateDocument
{
    public required string Image { get; init; }

    public IReadOnlyList<string>? Entrypoint { get; init; }

    public IReadOnlyList<string>? Cmd { get; init; }

    public string? WorkingDir { get; init; }

    public IReadOnlyList<string>? Env { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public string? User { get; init; }

    public string? Hostname { get; init; }

    public string? Domainname { get; init; }

    /// <summary>Up to API 1.43; from 1.44 it belongs to the network.</summary>
    public string? MacAddress { get; init; }

    public bool AttachStdin { get; init; }

    public bool AttachStdout { get; init; }

    public bool AttachStderr { get; init; }

    public bool OpenStdin { get; init; }

    public bool StdinOnce { get; init; }

    public bool Tty { get; init; }

    public string? StopSignal { get; init; }

    /// <summary>Seconds; -1 waits for ever.</summary>
    public int? StopTimeout { get; init; }

    public HealthDocument? Healthcheck { get; init; }

    public IReadOnlyDictionary<string, Nothing>? ExposedPorts { get; init; }

    /// <summary>Anonymous volumes by their paths.</summary>
    public IReadOnlyDictionary<string, Nothing>? Volumes { get; init; }

    public required HostConfigDocument HostConfig { get; init; }

    public NetworkingDocument? NetworkingConfig { get; init; }
}

/// <summary>Go's <c>struct{}</c>: <c>{}</c>.</summary>
internal sealed record Nothing
{
    public static Nothing Value { get; } = new();
}

/// <summary>A health check; times are nanoseconds.</summary>
internal sealed record HealthDocument
{
    public IReadOnlyList<string>? Test { get; init; }

    public long? Interval { get; init; }

    public long? Timeout { get; init; }

    public long? StartPeriod { get; init; }

    public long? StartInterval { get; init; }

    public int? Retries { get; init; }
}

/// <summary>How a new container is connected.</summary>
internal sealed record NetworkingDocument(IReadOnlyDictionary<string, EndpointDocument> EndpointsConfig);

/// <summary>Asks for a container to be connected to one more network.</summary>
internal sealed record ConnectDocument(string Container, EndpointDocument EndpointConfig);

/// <summary>A new container in a network.</summary>
internal sealed record EndpointDocument
{
    public IReadOnlyList<string>? Aliases { get; init; }

    public AddressDocument? IPAMConfig { get; init; }

    public string? MacAddress { get; init; }

    public IReadOnlyDictionary<string, string>? DriverOpts { get; init; }
}

/// <summary>Fixed addresses.</summary>
internal sealed record AddressDocument
{
    public string? IPv4Address { get; init; }

    public string? IPv6Address { get; init; }
}

/// <summary>The answer to a creation.</summary>
internal sealed record CreatedDocument
{
    public string? Id { get; init; }

    public IReadOnlyList<string>? Warnings { get; init; }
}
