using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Builds.Solving;

/// <summary>The ARGs that a stage has declared so far, and the variables that its instructions see: ENV wins over ARG.</summary>
internal sealed class StageArguments(GlobalArguments globals, char escape, StageArguments? inherited = null)
{
    // A stage on top of another stage inherits the ARGs that it declared.
    private readonly Dictionary<string, string> _values = new(inherited?._values ?? [], StringComparer.Ordinal);
    private readonly List<string> _order = [.. inherited?._order ?? []];

    /// <summary>The declared ARGs that have a value, in order of declaration.</summary>
    public IEnumerable<KeyValuePair<string, string>> Declared
        => _order.Where(_values.ContainsKey).Select(n => KeyValuePair.Create(n, _values[n]));

    /// <summary>Declares the ARGs of an instruction, one after the other.</summary>
    /// <returns>The text for the history: <c>ARG NAME=value</c>.</returns>
    public string Declare(ArgInstruction instruction, IReadOnlyList<string>? environment)
    {
        // A later definition of one line sees the earlier ones.
        foreach (var definition in instruction.Arguments)
        {
            var argument = (instruction with { Arguments = [definition] }).Expand(Scope(environment)).Arguments[0];
            _order.Remove(argument.Name);
            _order.Add(argument.Name);
            if (globals.ValueOf(argument.Name, argument.Default) is { } value)
            {
                _values[argument.Name] = value;
            }
            else
            {
                _values.Remove(argument.Name);
            }
        }

        return "ARG " + string.Join(' ', instruction.Arguments.Select(a => _values.TryGetValue(a.Name, out var v) ? $"{a.Name}={v}" : a.Name));
    }

    /// <summary>The variables of an instruction.</summary>
    /// <param name="environment">The environment of the image.</param>
    /// <param name="ignoreCase">True on Windows, where <c>PATH</c> and <c>Path</c> are one.</param>
    public VariableScope Scope(IReadOnlyList<string>? environment, bool ignoreCase = false)
    {
        var variables = new Dictionary<string, string>(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var (name, value) in _values)
        {
            variables[name] = value;
        }

        foreach (var (name, value) in Split(environment))
        {
            variables[name] = value;
        }

        return new VariableScope(variables, escape);
    }

    /// <summary>
    /// The environment of a RUN: the image's, then declared ARGs and given proxies that it does not set, then PATH where nothing does.
    /// </summary>
    public IReadOnlyList<string> RunEnvironment(IReadOnlyList<string>? environment)
    {
        var result = new List<string>(environment ?? []);
        var names = Split(environment).Select(v => v.Key).ToHashSet(StringComparer.Ordinal);
        foreach (var (name, value) in globals.GivenProxies.Concat(Declared))
        {
            if (!names.Contains(name))
            {
                result.RemoveAll(v => v.StartsWith(name + "=", StringComparison.Ordinal));
                result.Add($"{name}={value}");
            }
        }

        return result;
    }

    private static IEnumerable<KeyValuePair<string, string>> Split(IReadOnlyList<string>? environment)
    {
        foreach (var variable in environment ?? [])
        {
            var equals = variable.IndexOf('=', StringComparison.Ordinal);
            yield return equals < 0 ? new(variable, "") : new(variable[..equals], variable[(equals + 1)..]);
        }
    }
}
