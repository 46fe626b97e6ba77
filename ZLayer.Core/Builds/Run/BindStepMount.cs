namespace ZLayer.Core.Builds.Run;

/// <summary>Files of the build context, a stage or an image: <c>--mount=type=bind</c>.</summary>
/// <param name="Target">Where, an absolute path in the step.</param>
public sealed record BindStepMount(string Target) : StepMount(Target)
{
    /// <summary>
    /// The directories that hold the files, the lowest first: one host directory or file, or the stacked layers of an image.
    /// A stack of several is combined as overlayfs does.
    /// </summary>
    public required IReadOnlyList<string> Sources { get; init => field = value.ToArray(); }

    /// <summary>
    /// The path below the sources that is mounted; symbolic links are followed inside them and never lead out. Empty or <c>/</c> for all.
    /// </summary>
    public string SubPath { get; init; } = "";

    /// <summary>False lets the step write; what it writes is discarded after the step and never reaches the sources.</summary>
    public bool ReadOnly { get; init; } = true;
}
