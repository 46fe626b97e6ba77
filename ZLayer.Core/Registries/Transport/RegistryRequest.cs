using System.Net;

namespace ZLayer.Core.Registries;

/// <summary>One request to a registry, which may be sent several times.</summary>
internal sealed record RegistryRequest
{
    /// <summary>The answers to the question whether a blob is there, besides success: no, I do not say, or yes, over there.</summary>
    public static IReadOnlyList<HttpStatusCode> Presence { get; } =
        [HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed, HttpStatusCode.Found, HttpStatusCode.SeeOther, HttpStatusCode.TemporaryRedirect, HttpStatusCode.PermanentRedirect];

    /// <summary>What an answer of <see cref="Presence"/> says.</summary>
    public static bool IsPresent(HttpResponseMessage response)
        => response.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed);

    /// <summary>The registry as image references write it.</summary>
    public required string Registry { get; init; }

    /// <summary>The repository that credentials are looked for; null for the registry itself.</summary>
    public string? Repository { get; init; }

    public required HttpMethod Method { get; init; }

    /// <summary>The path below the registry's endpoint, or the whole address that the registry gave in a Location header.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// An address that has nothing to do with the registry and is asked without credentials, in place of <see cref="Path"/>.
    /// </summary>
    public Uri? ForeignAddress { get; init; }

    /// <summary>What the token must allow: <c>repository:library/nginx:pull</c>.</summary>
    public IReadOnlyList<string> Scopes { get; init; } = [];

    public IReadOnlyList<string> Accept { get; init; } = [];

    /// <summary>The first byte to ask for; zero asks for everything.</summary>
    public long RangeStart { get; init; }

    /// <summary>Makes the body anew for each attempt. It tells the watch when bytes move.</summary>
    public Func<IdleWatch, HttpContent>? Content { get; init; }

    /// <summary>Answers that the caller handles, besides success.</summary>
    public IReadOnlyList<HttpStatusCode> Allowed { get; init; } = [];

    /// <summary>A redirect is an answer, too: that the content is there, and where, is all the caller wants to know.</summary>
    public bool StaysHere { get; init; }

    /// <summary>What is attempted, to follow "Cannot ": <c>pull nginx:latest</c>.</summary>
    public required string Attempt { get; init; }

    /// <summary>What it is about: a reference or digest.</summary>
    public required string Subject { get; init; }

    /// <summary>Told before each pause.</summary>
    public Action? OnRetry { get; init; }
}
