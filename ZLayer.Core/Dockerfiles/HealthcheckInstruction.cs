namespace ZLayer.Core.Dockerfiles;

/// <summary><c>HEALTHCHECK</c>: how to see whether a container works.</summary>
public sealed record HealthcheckInstruction : Instruction
{
    /// <summary>What to run; null for <c>HEALTHCHECK NONE</c>, which takes the base image's check away.</summary>
    public CommandLine? Command { get; init; }

    /// <summary>The time between checks; zero when absent.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>How long one check may take; zero when absent.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>How long failures do not count after the start; zero when absent.</summary>
    public TimeSpan StartPeriod { get; init; }

    /// <summary>The time between checks during the start period; zero when absent.</summary>
    public TimeSpan StartInterval { get; init; }

    /// <summary>How many failures in a row mean unhealthy; 0 when absent.</summary>
    public int Retries { get; init; }
}
