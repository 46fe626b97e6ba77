using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Dockerfiles;

/// <summary>The variables of the part before the first FROM: the predefined platform arguments and the global ARGs.</summary>
internal sealed class GlobalVariables
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    private long _length;

    internal HashSet<string> Declared { get; } = new(StringComparer.Ordinal);

    internal string TargetPlatform => _values["TARGETPLATFORM"];

    internal static GlobalVariables Of(Dockerfile dockerfile, IReadOnlyDictionary<string, string> buildArguments)
    {
        var variables = new GlobalVariables();
        variables.Predefine("BUILD", buildArguments);
        variables.Predefine("TARGET", buildArguments);
        variables._values["TARGETSTAGE"] = buildArguments.GetValueOrDefault("TARGETSTAGE", dockerfile.Stages[^1].Name ?? "default");
        foreach (ArgDefinition argument in dockerfile.GlobalArguments.SelectMany(instruction => instruction.Arguments))
        {
            variables.Declared.Add(argument.Name);
            variables.Define(argument, buildArguments, dockerfile.Escape);
        }

        return variables;
    }

    internal string? Get(string name) => _values.GetValueOrDefault(name);

    internal VariableScope Scope(char escape) => new(_values, escape);

    // The values matter little to the rules; that they are set does.
    private void Predefine(string prefix, IReadOnlyDictionary<string, string> buildArguments)
    {
        Platform host = Platform.Host;
        (string Name, string Value)[] defaults =
        [
            ("PLATFORM", host.ToString()), ("OS", host.Os), ("OSVERSION", host.OsVersion ?? ""), ("ARCH", host.Architecture),
            ("VARIANT", host.Variant ?? ""),
        ];
        foreach ((string name, string value) in defaults)
        {
            _values[prefix + name] = buildArguments.GetValueOrDefault(prefix + name, value);
        }
    }

    private void Define(ArgDefinition argument, IReadOnlyDictionary<string, string> buildArguments, char escape)
    {
        if (buildArguments.TryGetValue(argument.Name, out string? given))
        {
            _values[argument.Name] = given;
            return;
        }

        if (argument.Default is null)
        {
            return;
        }

        try
        {
            string value = VariableExpander.ExpandWord(argument.Default, Scope(escape));
            _length += value.Length;
            if (_length <= DockerfileLimits.VariablesLength)
            {
                _values[argument.Name] = value; // Beyond the limit the build reports it, as what cannot be expanded.
            }
        }
        catch (ZLayerException)
        {
            // The build reports it where the argument is evaluated; the rules go on without a value.
            _values.Remove(argument.Name);
        }
    }
}
