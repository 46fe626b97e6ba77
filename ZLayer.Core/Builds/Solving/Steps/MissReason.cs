namespace ZLayer.Core.Builds.Solving;

/// <summary>Says why a step was not found in the cache, by comparing its inputs with those of its last execution.</summary>
internal static class MissReason
{
    /// <summary>The first difference that explains the miss.</summary>
    /// <param name="inputs">The inputs now.</param>
    /// <param name="previous">The inputs of the last execution at this place; null when there was none.</param>
    /// <param name="explainContent">Says which files changed; called only when the content did.</param>
    public static string Explain(StepInputs inputs, IReadOnlyDictionary<string, string>? previous, Func<string?>? explainContent)
    {
        if (previous is null)
        {
            return "not built before";
        }

        if (Differs("instruction"))
        {
            return "the instruction changed";
        }

        foreach (var (name, value) in inputs.Values)
        {
            if (previous.GetValueOrDefault(name) != value)
            {
                return Describe(name, explainContent);
            }
        }

        var names = inputs.Values.Select(v => v.Key).ToHashSet(StringComparer.Ordinal);
        return previous.Keys.FirstOrDefault(k => !names.Contains(k)) is { } removed
            ? Describe(removed, explainContent)
            : "its layer is no longer in the store";

        bool Differs(string name)
            => previous.TryGetValue(name, out var old) && inputs.Values.Any(v => v.Key == name && v.Value != old);
    }

    private static string Describe(string name, Func<string?>? explainContent)
        => name switch
        {
            "version" => "this version of ZLayer builds the step differently",
            "parent" => "a previous step changed",
            "base" => "the base image changed",
            "platform" => "the platform changed",
            "content" => explainContent?.Invoke() ?? "content changed",
            "epoch" => "SOURCE_DATE_EPOCH changed",
            _ when name.StartsWith("argument ", StringComparison.Ordinal) => $"the build {name} changed",
            _ when name.StartsWith("environment ", StringComparison.Ordinal) => $"{name} changed",
            _ => $"{name} changed",
        };
}
