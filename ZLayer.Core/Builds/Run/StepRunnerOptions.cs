namespace ZLayer.Core.Builds.Run;

/// <summary>How RUN steps are executed.</summary>
internal sealed record StepRunnerOptions
{
    /// <summary>The OCI runtime by name or path; null for the first of crun, runc and youki that works on this machine.</summary>
    public string? OciRuntime { get; init; }

    /// <summary>Where programs are searched, as <c>PATH</c> lists them; the usual system directories are searched after them.</summary>
    public IReadOnlyList<string> SearchPath { get; init => field = value.ToArray(); } = [];

    /// <summary>The directories of CDI specifications, the most important last.</summary>
    public IReadOnlyList<string> CdiDirectories { get; init => field = value.ToArray(); } = ["/etc/cdi", "/var/run/cdi"];

    /// <summary>The name servers used where the machine has none that a step could reach.</summary>
    public IReadOnlyList<string> FallbackNameservers { get; init => field = value.ToArray(); } = ["8.8.8.8", "8.8.4.4"];

    /// <summary>
    /// True when steps of <see cref="StepNetwork.Default"/> may use the machine's own network where no other can be set up; otherwise they
    /// then have none. Either way there is a warning.
    /// </summary>
    public bool AllowHostNetwork { get; init; }

    /// <summary>Receives sentences about what could not be done as asked, such as a missing network program; each once.</summary>
    public Action<string>? Warning { get; init; }
}
