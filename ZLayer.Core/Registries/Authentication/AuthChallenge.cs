using System.Net.Http.Headers;

namespace ZLayer.Core.Registries;

/// <summary>One challenge of a WWW-Authenticate header (RFC 9110, 11.6.1): a scheme and its parameters.</summary>
internal sealed record AuthChallenge(string Scheme, IReadOnlyDictionary<string, string> Parameters)
{
    public bool IsBearer => Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase);

    public bool IsBasic => Scheme.Equals("Basic", StringComparison.OrdinalIgnoreCase);

    public string? Realm => Parameters.GetValueOrDefault("realm");

    public string? Service => Parameters.GetValueOrDefault("service");

    public string? Error => Parameters.GetValueOrDefault("error");

    /// <summary>Whether a token was sent that does not hold any more (RFC 6750, 3.1), in contrast to one that does not suffice.</summary>
    public bool IsTokenInvalid => Error == "invalid_token";

    /// <summary>The scopes that the challenge asks for, split at blanks.</summary>
    public IReadOnlyList<string> Scopes
        => Parameters.GetValueOrDefault("scope")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>
    /// Every challenge of a response, in order. Several may stand in one header line, separated by commas like their parameters.
    /// </summary>
    public static IReadOnlyList<AuthChallenge> Parse(HttpResponseHeaders headers)
        => headers.NonValidated.TryGetValues("WWW-Authenticate", out var values) ? [.. values.SelectMany(Parse)] : [];

    public static IReadOnlyList<AuthChallenge> Parse(string header)
    {
        var challenges = new List<AuthChallenge>();
        var parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var scanner = new Scanner(header);
        while (scanner.ReadToken() is { Length: > 0 } token)
        {
            if (scanner.TryReadEquals())
            {
                // A parameter before any scheme is malformed and has nowhere to go.
                parameters.TryAdd(token, scanner.ReadValue());
                continue;
            }

            parameters = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            challenges.Add(new AuthChallenge(token, parameters));
        }

        return challenges;
    }

    private sealed class Scanner(string text)
    {
        private int _position;

        public string ReadToken()
        {
            while (_position < text.Length && (text[_position] is ',' || char.IsWhiteSpace(text[_position])))
            {
                _position++;
            }

            var start = _position;
            while (_position < text.Length && text[_position] is not (',' or '=' or '"') && !char.IsWhiteSpace(text[_position]))
            {
                _position++;
            }

            return text[start.._position];
        }

        public bool TryReadEquals()
        {
            var ahead = _position;
            while (ahead < text.Length && char.IsWhiteSpace(text[ahead]))
            {
                ahead++;
            }

            if (ahead >= text.Length || text[ahead] != '=')
            {
                return false;
            }

            _position = ahead + 1;
            return true;
        }

        public string ReadValue()
        {
            while (_position < text.Length && char.IsWhiteSpace(text[_position]))
            {
                _position++;
            }

            return _position < text.Length && text[_position] == '"' ? ReadQuoted() : ReadToken();
        }

        private string ReadQuoted()
        {
            var value = new System.Text.StringBuilder();
            for (_position++; _position < text.Length; _position++)
            {
                var c = text[_position];
                if (c == '"')
                {
                    _position++;
                    break;
                }

                value.Append(c == '\\' && _position + 1 < text.Length ? text[++_position] : c);
            }

            return value.ToString();
        }
    }
}
