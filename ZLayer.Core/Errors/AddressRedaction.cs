using System.Text;

namespace ZLayer.Core.Errors;

/// <summary>
/// Takes user names and passwords out of the addresses in a text before people see it or it is kept: <c>https://user:secret@host/x</c>
/// becomes <c>https://xxxxx:xxxxx@host/x</c>, as BuildKit writes it. A user name alone goes from http addresses only, where it may be a
/// token.
/// </summary>
public static class AddressRedaction
{
    private const string Mask = "xxxxx";
    private const string SchemeEnd = "://";

    private delegate string UserInfoReplacement(string scheme, string userInfo);

    /// <summary>The text with the credentials of every address masked.</summary>
    /// <param name="text">Any text; an address, or one that holds addresses.</param>
    /// <returns>The text itself when there is nothing to mask.</returns>
    public static string Redact(string text)
        => Replace(text, guesses: true, static (scheme, userInfo) => (IsSecret(scheme, userInfo) ? MaskOf(userInfo) : userInfo) + "@");

    /// <summary>
    /// The text with the credentials of every address left out: the same resource, for somebody who has credentials of their own.
    /// </summary>
    /// <param name="text">Any text; an address, or one that holds addresses.</param>
    /// <returns>The text itself when there is nothing to leave out.</returns>
    internal static string Strip(string text)
        => Replace(
            text, guesses: false, static (scheme, userInfo) => !IsSecret(scheme, userInfo) ? userInfo + "@"
                : IsHttp(scheme) ? ""
                : userInfo.Split(':')[0] + "@");

    private static bool IsSecret(string scheme, string userInfo) => userInfo.Contains(':', StringComparison.Ordinal) || IsHttp(scheme);

    private static string MaskOf(string userInfo) => userInfo.Contains(':', StringComparison.Ordinal) ? Mask + ":" + Mask : Mask;

    // Schemes may be combined, as in git+https.
    private static bool IsHttp(string scheme)
        => scheme.EndsWith("http", StringComparison.OrdinalIgnoreCase) || scheme.EndsWith("https", StringComparison.OrdinalIgnoreCase);

    private static string Replace(string text, bool guesses, UserInfoReplacement replace)
    {
        ArgumentNullException.ThrowIfNull(text);
        var result = new StringBuilder();
        var done = 0;
        for (var end = text.IndexOf(SchemeEnd, StringComparison.Ordinal); end >= 0; end = text.IndexOf(
            SchemeEnd, Math.Max(done, end + 1), StringComparison.Ordinal))
        {
            var start = end + SchemeEnd.Length;
            var length = UserInfoLength(text.AsSpan(start), guesses);
            if (length >= 0)
            {
                result.Append(text, done, start - done).Append(replace(SchemeOf(text, end), text.Substring(start, length)));
                done = start + length + 1;
            }
        }

        return done == 0 ? text : result.Append(text, done, text.Length - done).ToString();
    }

    private static string SchemeOf(string text, int end)
    {
        var start = end;
        while (start > 0 && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] is '+' or '-' or '.'))
        {
            start--;
        }

        return text[start..end];
    }

    /// <summary>The length of what stands before the <c>@</c> of an authority; -1 when there is none.</summary>
    private static int UserInfoLength(ReadOnlySpan<char> rest, bool guesses)
    {
        var space = rest.IndexOfAny(" \t\r\n\"");
        rest = space < 0 ? rest : rest[..space];
        var end = rest.IndexOfAny("/?#");
        var authority = end < 0 ? rest : rest[..end];
        var at = authority.LastIndexOf('@');
        if (at >= 0)
        {
            // docker-image://name:tag@sha256:… names an image.
            var host = authority[(at + 1)..];
            return host.StartsWith("sha", StringComparison.Ordinal) && host.Contains(':') ? -1 : at;
        }

        return guesses && end >= 0 && HasNoPort(authority) ? rest.LastIndexOf('@') : -1;
    }

    // A password with a bare slash, question mark or hash ends the authority early: what stands for the port then is neither number nor
    // variable.
    private static bool HasNoPort(ReadOnlySpan<char> authority)
    {
        var colon = authority.IndexOf(':');
        return colon >= 0
            && authority[0] != '['
            && !authority[(colon + 1)..].StartsWith("$")
            && authority[(colon + 1)..].IndexOfAnyExceptInRange('0', '9') >= 0;
    }
}
