namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// The variables that words are expanded with, and a note of which ones were asked for. Not for use by two threads at once.
/// </summary>
internal sealed class VariableScope
{
    private readonly IReadOnlyDictionary<string, string> _variables;
    private readonly SortedSet<string> _used;
    private readonly SortedSet<string> _unset;

    /// <summary>Creates a scope.</summary>
    /// <param name="variables">The values by name; its comparer decides whether case matters. It is read, never changed.</param>
    /// <param name="escape">The Dockerfile's escape character.</param>
    public VariableScope(IReadOnlyDictionary<string, string> variables, char escape = '\\')
    {
        _variables = variables;
        _used = new SortedSet<string>(StringComparer.Ordinal);
        _unset = new SortedSet<string>(StringComparer.Ordinal);
        Escape = escape;
    }

    private VariableScope(VariableScope other, char escape)
    {
        _variables = other._variables;
        _used = other._used;
        _unset = other._unset;
        Escape = escape;
    }

    /// <summary>The Dockerfile's escape character.</summary>
    public char Escape { get; }

    /// <summary>The names that were asked for and are set, sorted.</summary>
    public IReadOnlySet<string> Used => _used;

    /// <summary>The names that were asked for and are not set, sorted.</summary>
    public IReadOnlySet<string> Unset => _unset;

    /// <summary>All names that are set.</summary>
    public IEnumerable<string> Names => _variables.Keys;

    /// <summary>Looks a variable up and notes that it was asked for.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The value; null when the variable is not set.</returns>
    public string? Get(string name)
    {
        string? value = _variables.GetValueOrDefault(name);
        (value is null ? _unset : _used).Add(name);
        return value;
    }

    /// <summary>The same variables and notes with another escape character.</summary>
    internal VariableScope WithEscape(char escape) => escape == Escape ? this : new VariableScope(this, escape);
}
