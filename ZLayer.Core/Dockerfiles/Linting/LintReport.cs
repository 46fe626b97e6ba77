namespace ZLayer.Core.Dockerfiles;

/// <summary>Collects the warnings of one file, without those that its check options turn off.</summary>
internal sealed class LintReport(Dockerfile dockerfile)
{
    private readonly List<DockerfileWarning> _warnings = [];

    /// <summary>The warnings in the order of the file.</summary>
    internal IReadOnlyList<DockerfileWarning> Finish()
        => [.. _warnings.Distinct().OrderBy(warning => warning.Location.Line).ThenBy(warning => warning.Location.Column)];

    internal void Add(string rule, Instruction instruction, string message, SourceLocation? location = null)
    {
        if (IsEnabled(dockerfile.Check, instruction, rule))
        {
            _warnings.Add(Warning(rule, message, location ?? instruction.Location));
        }
    }

    internal void Add(string rule, SourceLocation location, string message)
    {
        if (Allows(dockerfile.Check, rule))
        {
            _warnings.Add(Warning(rule, message, location));
        }
    }

    internal static DockerfileWarning Warning(string rule, string message, SourceLocation location)
        => new(rule, Errors.AddressRedaction.Redact(message), location, DockerfileRules.All[rule].Url);

    internal static bool IsEnabled(DockerfileCheckOptions file, Instruction instruction, string rule)
    {
        DockerfileCheckOptions? local = instruction.Comments.Select(Directives.CheckOf).FirstOrDefault(check => check is not null);
        if (IsExperimental(rule))
        {
            return Allows(file, rule) || (local is not null && Allows(local, rule));
        }

        return Allows(file, rule) && (local is null || Allows(local, rule));
    }

    private static bool IsExperimental(string rule)
        => DockerfileRules.All.TryGetValue(rule, out DockerfileRule? known) && known.IsExperimental;

    private static bool Allows(DockerfileCheckOptions options, string rule) => IsExperimental(rule)
        ? options.ExperimentalAll || options.Experimental.Contains(rule)
        : !options.SkipAll && !options.Skip.Contains(rule);
}
