using ZLayer.Core.Errors;

namespace ZLayer.Core.Dockerfiles;

/// <summary>Checks a Dockerfile against the rules of Docker's build checks and makes the warnings that need a running build.</summary>
internal static class DockerfileLinter
{
    /// <summary>All rules by name.</summary>
    public static IReadOnlyDictionary<string, DockerfileRule> Rules => DockerfileRules.All;

    /// <summary>
    /// Runs every rule that text and context allow. Rules that <c># check=</c> skips say nothing. Without a context
    /// <c>UndefinedVar</c> speaks only of stages on <c>scratch</c>, since any other base image may set variables of its own.
    /// </summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <param name="context">What the build knows; null for the text alone, which gives <see cref="Dockerfile.Warnings"/>.</param>
    /// <returns>The warnings in the order of the file.</returns>
    public static IReadOnlyList<DockerfileWarning> Lint(Dockerfile dockerfile, DockerfileLintContext? context = null)
    {
        var report = new LintReport(dockerfile);
        TextLint.Check(dockerfile, report);
        new StageLint(dockerfile, context ?? new DockerfileLintContext(), report).Check();
        return report.Finish();
    }

    /// <summary>Runs the rules about how a file is written, which need no value of a variable, and not all of the file.</summary>
    internal static IReadOnlyList<DockerfileWarning> LintText(Dockerfile dockerfile)
    {
        var report = new LintReport(dockerfile);
        TextLint.Check(dockerfile, report);
        return report.Finish();
    }

    /// <summary>Says whether a rule may warn at an instruction, by the file's <c># check=</c> and the one above the instruction.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <param name="instruction">The instruction.</param>
    /// <param name="rule">The rule's name, one of <see cref="Rules"/>.</param>
    /// <returns>True when the rule is on.</returns>
    public static bool IsEnabled(Dockerfile dockerfile, Instruction instruction, string rule)
        => LintReport.IsEnabled(dockerfile.Check, instruction, rule);

    /// <summary>The warning for a base image that is not of the platform that was asked for.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <param name="from">The FROM instruction.</param>
    /// <param name="image">The image as the instruction names it.</param>
    /// <param name="expected">The platform asked for, as <c>linux/arm64</c>.</param>
    /// <param name="actual">The platform of the image.</param>
    /// <returns>The warning; null when the rule is off.</returns>
    public static DockerfileWarning? InvalidBaseImagePlatform(
        Dockerfile dockerfile, FromInstruction from, string image, string expected, string actual)
    {
        string message = $"Base image {image} was pulled with platform \"{actual}\", expected \"{expected}\" for current build";
        return IsEnabled(dockerfile, from, DockerfileRules.InvalidBaseImagePlatform)
            ? LintReport.Warning(DockerfileRules.InvalidBaseImagePlatform, message, from.Location)
            : null;
    }

    /// <summary>The warnings for COPY or ADD sources that the ignore file leaves out. A file with <c>!</c> patterns never warns.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <param name="instruction">The COPY or ADD instruction, expanded; a COPY with <c>--from</c> never warns.</param>
    /// <param name="ignore">The ignore file of the context.</param>
    /// <returns>One warning for each such source; empty when the rule is off.</returns>
    public static IReadOnlyList<DockerfileWarning> CopyIgnoredFile(Dockerfile dockerfile, Instruction instruction, IgnoreFile ignore)
    {
        // Whether an exception brings back part of a directory cannot be told from the patterns alone.
        if (ignore.IsEmpty || ignore.HasExceptions || !IsEnabled(dockerfile, instruction, DockerfileRules.CopyIgnoredFile))
        {
            return [];
        }

        (string verb, IReadOnlyList<string> sources) = instruction switch
        {
            CopyInstruction { From: null } copy => ("Copy", copy.Sources),
            AddInstruction add => ("Add", add.Sources.Where(IsLocal).ToArray()),
            _ => ("", []),
        };
        var warnings = new List<DockerfileWarning>();
        foreach (string source in sources)
        {
            string path = GlobSyntax.Clean(source).TrimStart('/');
            bool isRoot = path is "" or ".";
            if (isRoot ? ignore.Patterns.Any(pattern => pattern is "*" or "**" or "**/*") : ignore.Match(path).Excluded)
            {
                warnings.Add(LintReport.Warning(
                    DockerfileRules.CopyIgnoredFile,
                    $"Attempting to {verb} file \"{(isRoot ? source : path)}\" that is excluded by .dockerignore",
                    instruction.Location));
            }
        }

        return warnings;
    }

    /// <summary>Fails when the file says <c>error=true</c> and there are warnings.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <param name="warnings">All warnings of the build.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.DockerfileSyntaxError"/>, with each warning in its details.</exception>
    public static void ThrowIfErrors(Dockerfile dockerfile, IReadOnlyList<DockerfileWarning> warnings)
    {
        if (!dockerfile.Check.ErrorOnWarning || warnings.Count == 0)
        {
            return;
        }

        string rules = string.Join(", ", warnings.Select(warning => warning.Rule).Distinct().Order(StringComparer.Ordinal));
        throw new ZLayerException(
            ZLayerErrorKind.DockerfileSyntaxError, $"{dockerfile.Name} breaks the rules {rules}, and its check directive makes that an error.")
        {
            Subject = warnings[0].Location.ToString(),
            Advice = "Correct the lines that the details list, skip a rule with # check=skip=<rule>, or remove error=true.",
            Details = [.. warnings.Select(warning => warning.ToString())],
        };
    }

    private static bool IsLocal(string source)
        => !source.Contains("://", StringComparison.Ordinal) && !source.StartsWith("git@", StringComparison.Ordinal);
}
