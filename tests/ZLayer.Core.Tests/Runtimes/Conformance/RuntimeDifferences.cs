namespace ZLayer.Core.Tests.Runtimes.Conformance;

/// <summary>
/// What runtimes do otherwise than the contract says: the one place in which the suite tells them apart. A case whose difference is declared
/// here has to fail as declared; when it passes, the entry is out of date and the test says so.
/// </summary>
internal static class RuntimeDifferences
{
    private static readonly IReadOnlyList<RuntimeDifference> All =
    [
    ];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<RuntimeDifference> Declared => All;

    /// <summary>The difference of a runtime in a case; null when there is none.</summary>
    public static RuntimeDifference? Find(string name, string runtime)
        => All.SingleOrDefault(difference => difference.Case == name && difference.Runtime == runtime);
}

/// <summary>What a runtime does otherwise than the contract says.</summary>
/// <param name="Case">The case that shows it: class and method.</param>
/// <param name="Runtime">The runtime.</param>
/// <param name="Reason">Why it is so, and why it is left so.</param>
/// <param name="Outcome">What the case says when it fails for this reason.</param>
internal sealed record RuntimeDifference(string Case, string Runtime, string Reason, string Outcome)
{
    /// <summary>How long the case waits for what does not come; null is as long as elsewhere.</summary>
    public TimeSpan? Patience { get; init; }
}
