using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Dockerfiles;

namespace ZLayer.Core.Builds.Solving;

/// <summary>
/// The ARGs that a stage has declared so far, and the variables that its instructions see: of ENV and ARG the one that came last wins, as
/// in BuildKit. The environment that a base brings comes before the stage's own ARGs and after those that it inherits.
/// </summary>
internal sealed class StageArguments(GlobalArguments globals, char escape, StageArguments? inherited = null)
{
    // A stage on top of another stage inherits the ARGs that it declared.
    private readonly Dictionary<string, string> _values = new(inherited?._values ?? [], StringComparer.Ordinal);

    // The place of each declared name: one that is declared again goes to the end.
    private readonly Dictionary<string, long> _order = new(inherited?._order ?? [], StringComparer.Ordinal);
    private long _next = inherited?._next ?? 0;

    // The names whose ARG stands after the ENV of the same name.
    private readonly HashSet<string> _overrides = new(StringComparer.Ordinal);
    private (IReadOnlyList<string>? Environment, bool IgnoreCase, Dictionary<string, string> Variables)? _known;

    /// <summary>The declared ARGs that have a value, in order of declaration.</summary>
    public IEnumerable<KeyValuePair<string, string>> Declared
        => _order.Where(name => _values.ContainsKey(name.Key))
            .OrderBy(name => name.Value)
            .Select(name => KeyValuePair.Create(name.Key, _values[name.Key]));

    /// <summary>Declares the ARGs of an instruction, one after the other.</summary>
    /// <returns>The text for the history: <c>ARG NAME=value</c>.</returns>
    public string Declare(ArgInstruction instruction, IReadOnlyList<string>? environment)
    {
        // A later definition of one line sees the earlier ones: the variables follow as they change.
        var scope = Scope(environment);
        var variables = _known!.Value.Variables;
        var length = variables.Sum(v => (long)v.Key.Length + v.Value.Length);
        foreach (var definition in instruction.Arguments)
        {
            var argument = globals.Evaluate(definition, instruction, scope);
            _order[argument.Name] = _next++;
            if (argument.Default is { } value)
            {
                length += value.Length - (variables.GetValueOrDefault(argument.Name)?.Length ?? -argument.Name.Length);
                _values[argument.Name] = value;
                variables[argument.Name] = value;
                _overrides.Add(argument.Name);
            }

            VariableLimit.Check(length, instruction);
        }

        return "ARG " + string.Join(
            ' ', instruction.Arguments.Select(a => _values.TryGetValue(a.Name, out var v) ? $"{a.Name}={v}" : a.Name));
    }

    /// <summary>Takes note of an ENV: it wins over the ARGs before it.</summary>
    public void Set(EnvInstruction instruction)
    {
        _overrides.ExceptWith(instruction.Variables.Select(v => v.Name));
        _known = null;
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

        foreach (var (name, value) in Split(environment).Where(v => !_overrides.Contains(v.Key)))
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

    /// <summary>The variables of the environment in whose place an ARG stands, in a fixed order.</summary>
    public string OverridesOf(IReadOnlyList<string>? environment)
        => string.Join(' ', Split(environment).Select(v => v.Key).Where(_overrides.Contains).Order(StringComparer.Ordinal));

    /// <summary>The environment of a RUN: the image's and the declared ARGs, the later of one name, and the given proxies.</summary>
    public IReadOnlyList<string> RunEnvironment(IReadOnlyList<string>? environment)
    {
        var names = Split(environment).Select(v => v.Key).Where(name => !_overrides.Contains(name)).ToHashSet(StringComparer.Ordinal);
        var proxies = globals.GivenProxies;
        var result = new List<string>();
        result.AddRange((environment ?? []).Where(v => names.Contains(v.Split('=')[0]) && !proxies.ContainsKey(v.Split('=')[0])));
        result.AddRange(proxies.Select(p => $"{p.Key}={p.Value}"));
        result.AddRange(Declared.Where(a => !names.Contains(a.Key) && !proxies.ContainsKey(a.Key)).Select(a => $"{a.Key}={a.Value}"));
        return result;
    }

    /// <summary>The variables of an environment as a config has it: <c>NAME=value</c>.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Split(IReadOnlyList<string>? environment)
    {
        foreach (var variable in environment ?? [])
        {
            var equals = variable.IndexOf('=', StringComparison.Ordinal);
            yield return equals < 0 ? new(variable, "") : new(variable[..equals], variable[(equals + 1)..]);
        }
    }
}
