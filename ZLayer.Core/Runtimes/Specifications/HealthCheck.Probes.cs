using System.Globalization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Specifications;

public sealed partial record HealthCheck
{
    private const int ProbeSeconds = 5;

    /// <summary>A check by a command line for the container's shell; exit code 0 is healthy.</summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>: the text is blank.</exception>
    public static HealthCheck FromShell(string text)
        => !string.IsNullOrWhiteSpace(text)
            ? new HealthCheck { Test = ["CMD-SHELL", text] }
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "The command of a health check is blank.")
            {
                Advice = "Write a command, such as 'curl -f http://localhost/'.",
            };

    /// <summary>
    /// Checks that something listens on a TCP port of the container. The check runs inside the container, with what its image has: an
    /// <c>nc</c> that knows <c>-z</c>, else <c>bash</c> connects to the port; without them the kernel's table of sockets is searched with
    /// <c>grep</c>. The image needs <c>/bin/sh</c>.
    /// </summary>
    /// <param name="port">The port, 1 to 65535.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>: the port is 0.</exception>
    public static HealthCheck ForTcp(ushort port)
    {
        if (port == 0)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "A health check cannot connect to port 0.")
            {
                Advice = "Name the port that the container listens on.",
            };
        }

        // Without -z, which some kinds of nc lack, nc waits for the other side to close; state 0A in the kernel's table is LISTEN
        // (include/net/tcp_states.h).
        return FromShell(string.Create(CultureInfo.InvariantCulture, $$"""
            if nc -h 2>&1 | grep -q -e '-[a-y]*z'; then nc -z -w {{ProbeSeconds}} 127.0.0.1 {{port}} >/dev/null 2>&1
            elif command -v bash >/dev/null 2>&1; then bash -c ': </dev/tcp/127.0.0.1/{{port}}' 2>/dev/null
            else cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -qi ':{{port:X4}} [0-9A-F]*:0000 0A'; fi || { echo 'nothing listens on port {{port}}'; exit 1; }
            """));
    }

    /// <summary>
    /// Checks that a URL answers with a status. The check runs inside the container, so <c>localhost</c> is the container, with what its
    /// image has: <c>curl</c>, else <c>wget</c>, else <c>nc</c> for plain HTTP. Redirections are not followed. The image needs
    /// <c>/bin/sh</c>.
    /// </summary>
    /// <param name="url">The URL, http or https.</param>
    /// <param name="expectedStatus">The status that is healthy.</param>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/>: no URL of http or https, or no status from 100 to 599.
    /// </exception>
    public static HealthCheck ForHttp(Uri url, int expectedStatus = 200)
    {
        ArgumentNullException.ThrowIfNull(url);
        if (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https") || expectedStatus is < 100 or > 599)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"A health check cannot ask {url} for the status {expectedStatus}.")
            {
                Subject = url.ToString(),
                Advice = "Use a URL such as http://localhost:8080/health and a status from 100 to 599.",
            };
        }

        const string FirstStatus = """sed -n 's/^ *HTTP\/[0-9.]* \([0-9][0-9][0-9]\).*/\1/p' | head -n 1""";
        var plain = url.Scheme == "http"
            ? $"""elif command -v nc >/dev/null 2>&1; then s=$(printf 'GET %s HTTP/1.0\r\nHost: %s\r\n\r\n' {Quote(url.PathAndQuery)} {Quote(url.Authority)} | nc -w {ProbeSeconds} {Quote(url.IdnHost)} {url.Port} | {FirstStatus})"""
            : "";
        return FromShell(string.Create(CultureInfo.InvariantCulture, $$"""
            if command -v curl >/dev/null 2>&1; then s=$(curl -sko /dev/null -w '%{http_code}' --max-time {{ProbeSeconds}} {{Quote(url.AbsoluteUri)}})
            elif command -v wget >/dev/null 2>&1; then s=$(wget -S -T {{ProbeSeconds}} -O /dev/null {{Quote(url.AbsoluteUri)}} 2>&1 | {{FirstStatus}})
            {{plain}}
            else echo 'the image has no curl, wget or nc for this check'; exit 1; fi
            [ "$s" = {{expectedStatus}} ] || { echo "status ${s:-none}, not {{expectedStatus}}"; exit 1; }
            """).Replace("\n\n", "\n", StringComparison.Ordinal));
    }

    private static string Quote(string text) => $"'{text.Replace("'", @"'\''", StringComparison.Ordinal)}'";
}
