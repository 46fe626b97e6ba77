using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ZLayer.Core.Foundation;

/// <summary>
/// Tells a log of the requests that are made. What an address may hold of secrets, and every header and body, is left out.
/// </summary>
/// <param name="log">The log.</param>
internal sealed class RequestLog(ILogger log)
{
    // What is known to be no secret. Signed addresses of blobs, and the state of an upload, have other names.
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
    {
        "all", "digest", "filters", "force", "from", "fromImage", "last", "limit", "mount", "n", "ns", "platform", "scope", "service", "tag", "v",
    };

    /// <summary>Sends a request and tells what came of it and how long that took.</summary>
    /// <param name="method">The method of HTTP.</param>
    /// <param name="address">The address, or the path with its query where the rest is known.</param>
    /// <param name="send">Sends it.</param>
    /// <param name="status">The status of the answer.</param>
    public async Task<T> SendAsync<T>(string method, string address, Func<Task<T>> send, Func<T, int> status)
    {
        if (!log.IsEnabled(LogLevel.Debug))
        {
            return await send().ConfigureAwait(false);
        }

        var started = Stopwatch.GetTimestamp();
        try
        {
            var answer = await send().ConfigureAwait(false);
            log.LogDebug("{Method} {Address}: {Status} in {Milliseconds:0} ms", method, Show(address), status(answer), Since(started));
            return answer;
        }
        catch (Exception e)
        {
            // The error that follows has the words.
            log.LogDebug(
                "{Method} {Address}: {Problem} after {Milliseconds:0} ms", method, Show(address), e.GetType().Name, Since(started));
            throw;
        }
    }

    /// <summary>An address without what may be secret: a user's name and password, and the values of most parameters.</summary>
    public static string Show(string address)
    {
        var scheme = address.IndexOf("://", StringComparison.Ordinal);
        var authority = scheme < 0 ? 0 : scheme + 3;
        var path = address.IndexOf('/', authority);
        var user = scheme < 0 ? -1 : address.LastIndexOf('@', path < 0 ? address.Length - 1 : path);
        var shown = user >= authority ? address[..authority] + address[(user + 1)..] : address;
        var query = shown.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? shown : shown[..(query + 1)] + string.Join('&', shown[(query + 1)..].Split('&').Select(Masked));
    }

    private static double Since(long started) => Stopwatch.GetElapsedTime(started).TotalMilliseconds;

    private static string Masked(string parameter)
    {
        var name = parameter.Split('=', 2)[0];
        return Harmless.Contains(name) || name == parameter ? parameter : name + "=***";
    }
}
