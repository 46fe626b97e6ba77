using System.Diagnostics.CodeAnalysis;

namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>The names of Windows isolations: <c>auto</c> or <c>default</c>, <c>process</c>, <c>hyperv</c>.</summary>
public static class IsolationName
{
    /// <summary>Parses a name, in any case.</summary>
    /// <exception cref="Errors.ZLayerException">InvalidArgument.</exception>
    public static ContainerIsolation Parse(string text)
        => TryParse(text, out var isolation)
            ? isolation
            : throw Notation.Invalid("isolation", text, "there is none of that name", "Write 'auto', 'process' or 'hyperv'.");

    /// <summary>As <see cref="Parse"/>, without an error.</summary>
    internal static bool TryParse([NotNullWhen(true)] string? text, out ContainerIsolation isolation)
    {
        var found = text?.Trim().ToLowerInvariant() switch
        {
            "auto" or "default" => ContainerIsolation.Auto,
            "process" => ContainerIsolation.Process,
            "hyperv" or "hyper-v" => ContainerIsolation.HyperV,
            _ => default(ContainerIsolation?),
        };
        isolation = found ?? default;
        return found is not null;
    }
}
