namespace ZLayer.Core.Dockerfiles;

/// <summary>Checks a Dockerfile against the rules of Docker's build checks and makes the warnings that need a running build.</summary>
public static class DockerfileLinter
{
    /// <summary>All rules by name.</summary>
    public static IReadOnlyDictionary<string, DockerfileRule> Rules { get; } = new Dictionary<string, DockerfileRule>();

    /// <summary>Runs every rule that text and context allow. Rules that <c># check=</c> skips say nothing.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <param name="context">What the build knows; null for the text alone, which gives <see cref="Dockerfile.Warnings"/>.</param>
    /// <returns>The warnings in the order of the file.</returns>
    public static IReadOnlyList<DockerfileWarning> Lint(Dockerfile dockerfile, DockerfileLintContext? context = null)
        => throw new NotImplementedException();

    /// <summary>Says whether a rule may warn at an instruction, by the file's <c># check=</c> and the one above the instruction.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <param name="instruction">The instruction.</param>
    /// <param name="rule">The rule's name.</param>
    /// <returns>True when the rule is on.</returns>
    public static bool IsEnabled(Dockerfile dockerfile, Instruction instruction, string rule) => throw new NotImplementedException();

    /// <summary>The warning for a base image that is not of the platform that was asked for.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <param name="from">The FROM instruction.</param>
    /// <param name="image">The image as the instruction names it.</param>
    /// <param name="expected">The platform asked for, as <c>linux/arm64</c>.</param>
    /// <param name="actual">The platform of the image.</param>
    /// <returns>The warning; null when the rule is off.</returns>
    public static DockerfileWarning? InvalidBaseImagePlatform(Dockerfile dockerfile, FromInstruction from, string image, string expected, string actual)
        => throw new NotImplementedException();

    /// <summary>The warning for a COPY or ADD source that the ignore file leaves out. A file with <c>!</c> patterns never warns.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <param name="instruction">The COPY or ADD instruction, expanded; a COPY with <c>--from</c> never warns.</param>
    /// <param name="ignore">The ignore file of the context.</param>
    /// <returns>One warning for each such source; empty when the rule is off.</returns>
    public static IReadOnlyList<DockerfileWarning> CopyIgnoredFile(Dockerfile dockerfile, Instruction instruction, IgnoreFile ignore)
        => throw new NotImplementedException();

    /// <summary>Fails when the file says <c>error=true</c> and there are warnings.</summary>
    /// <param name="dockerfile">The Dockerfile.</param>
    /// <param name="warnings">All warnings of the build.</param>
    /// <exception cref="Errors.ZLayerException"><see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>, with each warning in its details.</exception>
    public static void ThrowIfErrors(Dockerfile dockerfile, IReadOnlyList<DockerfileWarning> warnings)
        => throw new NotImplementedException();
}
