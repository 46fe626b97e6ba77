using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// The query of a request, written as a collection: <c>new EngineQuery { { "all", true }, { "limit", limit } }</c>. A null value is left
/// out.
/// </summary>
internal sealed class EngineQuery : IEnumerable<KeyValuePair<string, string>>
{
    private readonly List<KeyValuePair<string, string>> _values = [];

    /// <summary>Adds a value; null adds nothing. A name may come several times.</summary>
    public void Add(string name, string? value)
    {
        if (value is not null)
        {
            _values.Add(new KeyValuePair<string, string>(name, value));
        }
    }

    /// <summary>Adds <c>1</c> or <c>0</c>; null adds nothing.</summary>
    public void Add(string name, bool? value) => Add(name, value is null ? null : value.Value ? "1" : "0");

    /// <summary>Adds a number; null adds nothing.</summary>
    public void Add(string name, long? value) => Add(name, value?.ToString(CultureInfo.InvariantCulture));

    /// <summary>Adds a time as <see cref="Text"/> has it; null adds nothing.</summary>
    public void Add(string name, DateTimeOffset? value) => Add(name, value is { } time ? Text(time) : null);

    /// <summary>A time as engines take it: seconds since 1970 with nine digits behind the point.</summary>
    public static string Text(DateTimeOffset time)
    {
        var ticks = time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks;
        var seconds = Math.DivRem(ticks, TimeSpan.TicksPerSecond, out var rest);
        if (rest < 0)
        {
            (seconds, rest) = (seconds - 1, rest + TimeSpan.TicksPerSecond);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{seconds}.{rest * 100:D9}");
    }

    /// <summary>
    /// Adds filters: for each name the values, any of which may match. Names without values are left out; no names add nothing.
    /// </summary>
    public void Add(string name, IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> filters)
    {
        var wanted = filters.Where(f => f.Value.Count > 0).ToDictionary(f => f.Key, f => f.Value);
        if (wanted.Count > 0)
        {
            Add(name, JsonSerializer.Serialize(wanted, EngineJson.Default.DictionaryStringIReadOnlyListString));
        }
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary><c>?all=1&amp;limit=5</c>, or nothing.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in _values)
        {
            text.Append(text.Length == 0 ? '?' : '&').Append(Uri.EscapeDataString(name)).Append('=').Append(Uri.EscapeDataString(value));
        }

        return text.ToString();
    }
}
