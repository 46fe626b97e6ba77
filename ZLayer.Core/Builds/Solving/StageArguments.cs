using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Builds.Solving;

/// <summary>The ARGs that a stage has declared so far, and the variables that its instructions see: ENV wins over ARG.</summary>
internal sealed class StageArguments(GlobalArguments globals, char escape, StageArguments? inherited = null)
{
    // A stage on top of another stage inherits the ARGs that it declared.
    private readonly Dictionary<string, string> _values = new(inherited?._values ?? [], StringComparer.Ordinal);

    // The place of each declared name: one that is declared again goes to the end.
    private readonly Dictionary<string, long> _order = new(inherited?._order ?? [], StringComparer.Ordinal);
    private long _next = inherited?._next ?? 0;
    private (IReadOnlyList<string>? Environment, bool IgnoreCase, Dictionary<string, string> Variables)? _known;

    /// <summary>The declared ARGs that have a value, in order of declaration.</summary>
    public IEnumerable<KeyValuePair<string, string>> Declared
        => _order.Where(name => _values.ContainsKey(name.Key)).OrderBy(name => name.Value).Select(name => KeyValuePair.Create(name.Key, _values[name.Key]));

    /// <summary>Declares the ARGs of an instruction, one after the other.</summary>
    /// <returns>The text for the history: <c>ARG NAME=value</c>.</returns>
    public string Declare(ArgInstruction instruction, IReadOnlyList<string>? environment)
    {
        // A later definition of one line sees the earlier ones: the variables follow as they change, and ENV wins over ARG.
        var scope = Scope(environment);
        var variables = _known!.Value.Variables;
        var fixedNames = Split(environment).Select(v => v.Key).ToHashSet(StringComparer.Ordinal);
        var length = variables.Sum(v => (long)v.Key.Length + v.Value.Length);
        foreach (var definition in instruction.Arguments)
        {
            var argument = (instruction with { Arguments = [definition] }).Expand(scope).Arguments[0];
            _order[argument.Name] = _next++;
            var value = globals.ValueOf(argument.Name, argument.Default);
            Set(_values, argument.Name, value);
            if (!fixedNames.Contains(argument.Name))
            {
                length += (value?.Length ?? 0) - (variables.GetValueOrDefault(argument.Name)?.Length ?? -argument.Name.Length);
                Set(variables, argument.Name, value);
            }

            VariableLimit.Check(length, instruction);
        }

        return "ARG " + string.Join(' ', instruction.Arguments.Select(a => _values.TryGetValue(a.Name, out var v) ? $"{a.Name}={v}" : a.Name));
    }

    /// <summary>The variables of an instruction.</summary>
    /// <param name="environment">The environment of the image.</param>
    /// <param name="ignoreCase">True on Windows, where <c>PATH</c> and <c>Path</c> are one.</param>
    public VariableScope Scope(IReadOnlyList<string>? environment, bool ignoreCase = false)
    {
        if (_known is { } known && known.IgnoreCase == ignoreCase && ReferenceEquals(known.Environment, environment))
        {
            return new VariableScope(known.Variables, escape);
        }

        var variables = new Dictionary<string, string>(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var (name, value) in _values)
        {
            variables[name] = value;
        }

        foreach (var (name, value) in Split(environment))
        {
            variables[name] = value;
        }

        _known = (environment, ignoreCase, variables);
        return new VariableScope(variables, escape);
    }

    /// <summary>Refuses an environment that grew too large.</summary>
    /// <exception cref="Errors.ZLayerException">DockerfileSyntaxError, naming the line.</exception>
    public static void CheckEnvironment(IReadOnlyList<string>? environment, Instruction instruction)
        => VariableLimit.Check(environment?.Sum(v => (long)v.Length) ?? 0, instruction);

    /// <summary>
    /// The environment of a RUN: the image's, then declared ARGs and given proxies that it does not set, then PATH where nothing does.
    /// </summary>
    public IReadOnlyList<string> RunEnvironment(IReadOnlyList<string>? environment)
    {
        var names = Split(environment).Select(v => v.Key).ToHashSet(StringComparer.Ordinal);
        var declared = Declared.Where(a => !names.Contains(a.Key)).ToList();
        names.UnionWith(declared.Select(a => a.Key));
        return
        [
            .. environment ?? [],
            .. globals.GivenProxies.Where(p => !names.Contains(p.Key)).Select(p => $"{p.Key}={p.Value}"),
            .. declared.Select(a => $"{a.Key}={a.Value}"),
        ];
    }

    private static void Set(Dictionary<string, string> variables, string name, string? value)
    {
        if (value is null)
        {
            variables.Remove(name);
        }
        else
        {
            variables[name] = value;
        }
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
