using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>What <c># check=skip=…;experimental=…;error=…</c> says.</summary>
public sealed record DockerfileCheckOptions
{
    /// <summary>The options of a file that says nothing.</summary>
    public static DockerfileCheckOptions Default { get; } = new();

    /// <summary>True for <c>skip=all</c>.</summary>
    public bool SkipAll { get; init; }

    /// <summary>The names of rules that do not warn.</summary>
    public IReadOnlyList<string> Skip { get; init => field = value.ToArray(); } = [];

    /// <summary>True for <c>experimental=all</c>.</summary>
    public bool ExperimentalAll { get; init; }

    /// <summary>The names of experimental rules that do warn.</summary>
    public IReadOnlyList<string> Experimental { get; init => field = value.ToArray(); } = [];

    /// <summary>True when a warning fails the build.</summary>
    public bool ErrorOnWarning { get; init; }

    /// <summary>
    /// Parses options such as <c>skip=StageNameCasing,FromAsCasing;error=true</c>: the value of a check directive, or of the build argument
    /// <c>BUILDKIT_DOCKERFILE_CHECK</c>, which replaces it.
    /// </summary>
    /// <param name="text">The options.</param>
    /// <returns>The options; those of a file that says nothing for an empty text.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.InvalidArgument"/>: an option is unknown or has no valid value.
    /// </exception>
    public static DockerfileCheckOptions Parse(string text)
    {
        try
        {
            return text.Trim().Length == 0 ? Default : Directives.ParseCheck(text.Trim());
        }
        catch (SyntaxException fault)
        {
            throw new Errors.ZLayerException(
                Errors.ZLayerErrorKind.InvalidArgument, $"Cannot read the check options \"{text}\": {fault.Message}.")
            {
                Subject = text,
                Advice = "Write skip=<rules>, experimental=<rules> and error=<true or false>, separated by semicolons.",
            };
        }
    }
}
