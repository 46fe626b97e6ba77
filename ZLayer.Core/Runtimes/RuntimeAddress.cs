using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker;

namespace ZLayer.Core.Runtimes;

/// <summary>
/// How an engine is meant that nobody gave a name: by its address, as <c>DOCKER_HOST</c> has it but always with its scheme, or by its
/// Docker context as <c>context://NAME</c>. It stands wherever the name of a runtime does, and is the name of that runtime.
/// </summary>
public static class RuntimeAddress
{
    private const string Separator = "://";
    private const string ContextScheme = "context://";

    /// <summary>Whether a text is an address rather than a name, whose characters leave out ':'.</summary>
    /// <param name="text">The text.</param>
    public static bool IsAddress(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Contains(Separator, StringComparison.Ordinal);
    }

    /// <summary>The engine at an address.</summary>
    /// <param name="endpoint">The address; one without a scheme is TCP.</param>
    public static string OfEndpoint(string endpoint)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        return IsAddress(endpoint) ? endpoint.Trim() : "tcp" + Separator + endpoint.Trim();
    }

    /// <summary>The engine of a Docker context.</summary>
    /// <param name="context">The name of the context.</param>
    public static string OfContext(string context) => ContextScheme + context;

    /// <summary>The engine that an address means, by its name, and its host or context.</summary>
    /// <param name="address">The address.</param>
    /// <exception cref="ZLayerException">InvalidArgument for a context without a name.</exception>
    internal static DockerRuntimeOptions Read(string address)
    {
        if (!address.StartsWith(ContextScheme, StringComparison.OrdinalIgnoreCase))
        {
            return new DockerRuntimeOptions { Name = address, Host = address };
        }

        return address[ContextScheme.Length..] is { Length: > 0 } context
            ? new DockerRuntimeOptions { Name = address, Context = context }
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{address}' names no Docker context.")
            {
                Subject = address,
                Advice = "Write context://NAME; 'docker context ls' lists the contexts.",
            };
    }
}
