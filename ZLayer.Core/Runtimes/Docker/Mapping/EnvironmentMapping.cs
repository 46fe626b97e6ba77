using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>
/// The variables of a container, with references resolved: a whole value <c>$E:NAME</c> is the caller's variable of that name.
/// </summary>
internal static class EnvironmentMapping
{
    private const string CallerPrefix = "$E:";
    private const string SecretPrefix = "$S:";

    /// <summary>The variables as <c>NAME=value</c>.</summary>
    /// <param name="specification">The container.</param>
    /// <param name="further">Variables that come first and that the specification may replace.</param>
    /// <param name="caller">The caller's environment.</param>
    /// <param name="warnings">Takes a line for each reference to an empty variable.</param>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/> naming the variable that is not there;
    /// <see cref="ZLayerErrorKind.OperationNotSupported"/> for a secret.
    /// </exception>
    public static List<string> Resolve(
        ContainerSpecification specification, IEnumerable<KeyValuePair<string, string>> further, IReadOnlyDictionary<string, string> caller, List<string> warnings)
        => [.. further.Where(pair => !specification.Environment.ContainsKey(pair.Key)).Concat(specification.Environment)
            .Select(pair => $"{Checked(pair.Key)}={Value(pair.Key, pair.Value, caller, warnings)}")];

    private static string Value(string name, string value, IReadOnlyDictionary<string, string> caller, List<string> warnings)
    {
        if (value.StartsWith(SecretPrefix, StringComparison.Ordinal))
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"The variable '{name}' refers to a secret, which the Docker engine does not keep.")
            {
                Subject = name,
                Advice = "Hand the value itself over, or mount a file that holds it.",
            };
        }

        if (!value.StartsWith(CallerPrefix, StringComparison.Ordinal))
        {
            return value;
        }

        var source = value[CallerPrefix.Length..];
        if (!caller.TryGetValue(source, out var found))
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The variable '{name}' takes the value of '{source}', which is not set here.")
            {
                Subject = source,
                Advice = $"Set '{source}', or write the value itself.",
            };
        }

        if (found.Length == 0)
        {
            warnings.Add($"The variable '{name}' takes the value of '{source}', which is empty here.");
        }

        return found;
    }

    private static string Checked(string name)
        => name.Length > 0 && !name.Contains('=', StringComparison.Ordinal) && !name.Contains('\0', StringComparison.Ordinal) ? name
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{name}' is not the name of a variable.")
            {
                Subject = name,
                Advice = "A name is not empty and has no equals sign.",
            };
}
