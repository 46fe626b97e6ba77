namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>How the health of a container is checked: by a command inside it.</summary>
public sealed partial record HealthCheck
{
    /// <summary>Switches the image's check off.</summary>
    public static HealthCheck Disabled { get; } = new() { Test = ["NONE"] };

    /// <summary><c>["CMD", program, args…]</c>, <c>["CMD-SHELL", text]</c>, <c>["NONE"]</c>; empty keeps the image's command.</summary>
    public IReadOnlyList<string> Test { get; init => field = value.ToArray(); } = [];

    /// <summary>The time between checks; null is 30 seconds.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>How long a check may take; null is 30 seconds.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>The time after the start in which failures do not count; null is none.</summary>
    public TimeSpan? StartPeriod { get; init; }

    /// <summary>The time between checks in the start period; null is 5 seconds.</summary>
    public TimeSpan? StartInterval { get; init; }

    /// <summary>So many failures in a row make it unhealthy; null is 3.</summary>
    public int? Retries { get; init; }
}
