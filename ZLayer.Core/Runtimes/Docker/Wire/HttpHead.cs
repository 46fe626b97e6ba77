using System.Globalization;
using System.Net;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>Status and headers of an answer (RFC 9112).</summary>
/// <param name="Status">The status.</param>
/// <param name="Headers">The headers; of several with one name the last.</param>
internal sealed record HttpHead(HttpStatusCode Status, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>The most lines in a head, or behind the last chunk.</summary>
    public const int MostHeaders = 200;

    private const int MostPreliminary = 20;

    /// <summary>The length of the body; null when it is not told.</summary>
    public long? ContentLength
        => long.TryParse(Header("Content-Length"), NumberStyles.None, CultureInfo.InvariantCulture, out var length) ? length : null;

    /// <summary>Whether the body comes in chunks.</summary>
    public bool IsChunked => Header("Transfer-Encoding")?.Contains("chunked", StringComparison.OrdinalIgnoreCase) == true;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>Reads the head of the final answer, after any 1xx but 101.</summary>
    /// <exception cref="InvalidDataException">It is not HTTP.</exception>
    /// <exception cref="EndOfStreamException">The connection ended.</exception>
    public static async Task<HttpHead> ReadAsync(ConnectionReader reader, CancellationToken cancellationToken)
    {
        for (var preliminary = 0; preliminary < MostPreliminary; preliminary++)
        {
            var status = ParseStatus(await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false));
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            var count = 0;
            while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { Length: > 0 } line)
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon <= 0 || ++count > MostHeaders)
                {
                    throw new InvalidDataException("its headers are not those of HTTP");
                }

                headers[line[..colon]] = line[(colon + 1)..].Trim();
            }

            if ((int)status >= 200 || status == HttpStatusCode.SwitchingProtocols)
            {
                return new HttpHead(status, headers);
            }
        }

        throw new InvalidDataException("it tells again and again that an answer will come");
    }

    private static HttpStatusCode ParseStatus(string line)
        => line.StartsWith("HTTP/1.", StringComparison.Ordinal) && line.Length >= 12
            && int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status) && status >= 100
                ? (HttpStatusCode)status
                : throw new InvalidDataException("it does not speak HTTP");
}
