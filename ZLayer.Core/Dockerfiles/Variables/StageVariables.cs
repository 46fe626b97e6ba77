namespace ZLayer.Core.Dockerfiles;

/// <summary>What is known of a stage's variables while its instructions are read from top to bottom.</summary>
internal sealed class StageVariables
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    private readonly Dictionary<string, string> _values;
    private long _length;

    private StageVariables(Dictionary<string, string> values, HashSet<string> declared, bool isComplete)
    {
        _values = values;
        _length = values.Sum(pair => (long)pair.Key.Length + pair.Value.Length);
        Declared = declared;
        IsComplete = isComplete;
    }

    /// <summary>The names that ARG declared, with or without a value.</summary>
    internal HashSet<string> Declared { get; }

    /// <summary>True when the environment of the base image is known, so that what is not here is not set.</summary>
    internal bool IsComplete { get; }

    /// <summary>True when a WORKDIR was seen in this stage or one that it builds on.</summary>
    internal bool HasWorkdir { get; set; }

    /// <summary>True when a SHELL was seen in this stage or one that it builds on.</summary>
    internal bool HasShell { get; set; }

    internal static StageVariables Of(IReadOnlyDictionary<string, string>? baseEnvironment)
        => new(new Dictionary<string, string>(baseEnvironment ?? new Dictionary<string, string>()), [], baseEnvironment is not null);

    internal static StageVariables OfScratch() => Of(new Dictionary<string, string> { ["PATH"] = DefaultPath });

    /// <summary>The variables of a stage that builds on this one: ARGs go along.</summary>
    internal StageVariables Inherit()
        => new(new Dictionary<string, string>(_values), [.. Declared], IsComplete) { HasWorkdir = HasWorkdir, HasShell = HasShell };

    internal VariableScope Scope(char escape) => new(_values, escape);

    /// <summary>Sets a variable. Beyond the limit of a stage it stays as it was: the build reports that where it happens.</summary>
    internal void Set(string name, string value)
    {
        long length = _length + value.Length - (_values.TryGetValue(name, out string? old) ? old.Length : -name.Length);
        if (length <= DockerfileLimits.VariablesLength)
        {
            _length = length;
            _values[name] = value;
        }
    }
}
