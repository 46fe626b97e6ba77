using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>One <c>RUN --mount</c> as written: CSV whose values may hold variables.</summary>
/// <param name="Text">The value of the flag.</param>
/// <param name="Location">Where the flag starts.</param>
public sealed record RunMount(string Text, SourceLocation Location)
{
    /// <summary>The value of <c>from</c>, which may not hold variables, so that it is known before expansion; null when absent.</summary>
    public string? From { get; init; }

    /// <summary>Computes the final values.</summary>
    /// <param name="scope">The variables before the RUN instruction; it notes which ones were used.</param>
    /// <returns>The mount with final values.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>: a key or value is not allowed.
    /// </exception>
    public RunMountOptions Expand(VariableScope scope)
    {
        try
        {
            return RunMountParser.Parse(Text, value => VariableExpander.Word(value, scope));
        }
        catch (SyntaxException fault)
        {
            throw Location.SyntaxError($"--mount={Text}: {fault.Message}");
        }
    }
}
