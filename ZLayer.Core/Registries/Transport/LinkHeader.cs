namespace ZLayer.Core.Registries;

/// <summary>The Link header that leads from page to page (RFC 8288, OCI distribution specification, "Listing Tags").</summary>
internal static class LinkHeader
{
    /// <summary>Path and query of the next page on the same registry; null on the last page, and for links that lead elsewhere.</summary>
    public static string? Next(HttpResponseMessage response)
    {
        if (!response.Headers.NonValidated.TryGetValues("Link", out var values))
        {
            return null;
        }

        foreach (var link in values.SelectMany(v => v.Split(',')))
        {
            var open = link.IndexOf('<', StringComparison.Ordinal);
            var close = link.IndexOf('>', StringComparison.Ordinal);
            if (open < 0
                || close < open
                || !link[close..].Replace("\"", "", StringComparison.Ordinal).Contains("rel=next", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var current = response.RequestMessage!.RequestUri!;
            // A path that begins with two slashes would be read as the name of a host.
            return Uri.TryCreate(current, link[(open + 1)..close], out var next)
                && next.Host.Equals(
                    current.Host, StringComparison.OrdinalIgnoreCase) && !next.PathAndQuery.StartsWith("//", StringComparison.Ordinal)
                ? next.PathAndQuery
                : null;
        }

        return null;
    }
}
