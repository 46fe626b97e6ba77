using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>The flags of one instruction, checked against those that it knows.</summary>
internal sealed class InstructionFlags
{
    private readonly Dictionary<string, List<(string Value, int Offset)>> values = new(StringComparer.Ordinal);

    /// <summary>The kinds of flags: one value, several values, or a boolean that may stand alone.</summary>
    internal enum Kind
    {
        Text,
        List,
        Boolean,
    }

    /// <summary>Reads the flags; each error goes to <paramref name="report"/> with its offset.</summary>
    internal static InstructionFlags Read(
        InstructionHead head, IReadOnlyDictionary<string, Kind> known, Action<int, string> report)
    {
        var flags = new InstructionFlags();
        foreach ((string text, int offset) in head.Flags)
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? text[2..] : text[2..equals];
            string? value = equals < 0 ? null : text[(equals + 1)..];
            if (!known.TryGetValue(name, out Kind kind))
            {
                string hint = known.Count == 0
                    ? $": {head.Keyword.ToUpperInvariant()} takes no flags"
                    : Suggestion.For(name, known.Keys, prefix: "--");
                report(offset, $"unknown flag: --{name}{hint}");
            }
            else
            {
                flags.Add(name, kind, value, offset, report);
            }
        }

        return flags;
    }

    internal string? Text(string name) => values.TryGetValue(name, out List<(string Value, int Offset)>? given) ? given[0].Value : null;

    internal IReadOnlyList<(string Value, int Offset)> List(string name) => values.GetValueOrDefault(name) ?? [];

    internal bool? Boolean(string name) => Text(name) switch { null => null, "true" => true, _ => false };

    internal int OffsetOf(string name) => values[name][0].Offset;

    private void Add(string name, Kind kind, string? value, int offset, Action<int, string> report)
    {
        if (values.ContainsKey(name) && kind != Kind.List)
        {
            report(offset, $"duplicate flag specified: --{name}");
            return;
        }

        if (kind == Kind.Boolean && value is null)
        {
            value = "true";
        }

        if (value is null || (kind == Kind.Boolean && value.Length == 0))
        {
            report(offset, $"missing a value on flag: --{name}");
            return;
        }

        if (kind == Kind.Boolean)
        {
            value = value.ToLowerInvariant();
            if (value is not ("true" or "false"))
            {
                report(offset, $"expecting boolean value for flag --{name}, not: {value}");
                return;
            }
        }

        if (!values.TryGetValue(name, out List<(string Value, int Offset)>? list))
        {
            values[name] = list = [];
        }

        list.Add((value, offset));
    }
}
