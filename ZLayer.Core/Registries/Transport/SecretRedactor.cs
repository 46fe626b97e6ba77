using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Registries;

/// <summary>Takes secrets, and what looks like one, out of text that came from a registry, before people see it.</summary>
internal sealed partial class SecretRedactor
{
    private const int MaximumLength = 1000;
    private const string Mask = "[redacted]";

    private readonly ConcurrentDictionary<string, byte> _secrets = new(StringComparer.Ordinal);

    public void Add(string? secret)
    {
        // One or two characters would blank out half of every message and are no secret anyway.
        if (secret is { Length: > 2 })
        {
            _secrets.TryAdd(secret, 0);
        }
    }

    /// <summary>The text on one line, without control characters, at most 1000 characters, secrets masked.</summary>
    public string Clean(string text)
    {
        // The longest first, so that a secret that is part of another does not leave the rest of it.
        foreach (var secret in _secrets.Keys.OrderByDescending(s => s.Length))
        {
            text = text.Replace(secret, Mask, StringComparison.Ordinal);
        }

        text = AuthorizationValue().Replace(text, "$1 " + Mask);
        text = AddressRedaction.Redact(text);
        var line = new StringBuilder(Math.Min(text.Length, MaximumLength));
        foreach (var c in text)
        {
            if (line.Length == MaximumLength)
            {
                line.Append('…');
                break;
            }

            line.Append(char.IsControl(c) ? ' ' : c);
        }

        return line.ToString().Trim();
    }

    [GeneratedRegex(@"\b(Basic|Bearer)\s+[A-Za-z0-9+/_.~=-]{8,}", RegexOptions.IgnoreCase)]
    private static partial Regex AuthorizationValue();
}
