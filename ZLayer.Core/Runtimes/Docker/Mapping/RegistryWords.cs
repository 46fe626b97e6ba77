using System.Net;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>
/// Kinds of failures between the engine and a registry. The engine passes them on as words alone, with the status 500 or in the middle of
/// the progress: the words are those of the Docker engine, Podman and Go's network libraries.
/// </summary>
internal static class RegistryWords
{
    private static readonly (ZLayerErrorKind Kind, string[] Words)[] Kinds =
    [
        (ZLayerErrorKind.PlatformNotAvailable, ["no matching manifest", "no image found in manifest list", "no match for platform", "does not match the specified platform"]),
        (ZLayerErrorKind.RegistryRateLimited, ["toomanyrequests", "too many requests", "rate limit"]),
        (ZLayerErrorKind.RegistryTlsFailed, ["x509:", "tls:", "certificate", "http response to https client"]),
        (ZLayerErrorKind.RegistryUnreachable,
            ["dial tcp", "no such host", "connection refused", "connection reset", "i/o timeout", "handshake timeout", "client.timeout", "deadline exceeded", "network is unreachable", "no route to host", "server misbehaving", "request canceled while waiting", "unexpected eof"]),
        (ZLayerErrorKind.RegistryAuthenticationFailed, ["unauthorized", "no basic auth credentials", "authentication required", "incorrect username or password"]),
        (ZLayerErrorKind.RegistryAccessDenied, ["denied", "forbidden"]),
        (ZLayerErrorKind.ImageNotFound, ["manifest unknown", "not found", "name unknown", "name_unknown", "repository name not known", "does not exist"]),
        (ZLayerErrorKind.StorageFull, ["no space left on device"]),
        (ZLayerErrorKind.RegistryError, ["received unexpected http status", "unexpected status code 5", "unexpected status from", "error parsing http"]),
        (ZLayerErrorKind.DigestMismatch, ["verification failed", "filesystem layer verification", "unexpected commit digest"]),
    ];

    /// <summary>The kind; null for words that are not about registries.</summary>
    public static ZLayerErrorKind? KindOf(HttpStatusCode status, string said)
        => status == HttpStatusCode.TooManyRequests ? ZLayerErrorKind.RegistryRateLimited
            : Kinds.Where(kind => kind.Words.Any(word => said.Contains(word, StringComparison.OrdinalIgnoreCase)))
                .Select(kind => (ZLayerErrorKind?)kind.Kind)
                .FirstOrDefault();

    /// <summary>What to do next.</summary>
    public static string? Advise(ZLayerErrorKind kind) => kind switch
    {
        ZLayerErrorKind.PlatformNotAvailable => $"Ask for a platform that the image has: {DoorWords.Of("'zlayer manifest inspect'", "Get-ZLayerManifest")} lists them.",
        ZLayerErrorKind.RegistryAuthenticationFailed or ZLayerErrorKind.RegistryAccessDenied => $"Log in with {DoorWords.Of("'zlayer login'", "Connect-ZLayerRegistry")}, and check the repository's name.",
        ZLayerErrorKind.RegistryUnreachable => "Check the registry's name and the engine's network and proxy.",
        ZLayerErrorKind.RegistryTlsFailed => "Install the registry's certificate where the engine runs, or name the registry among the engine's insecure-registries.",
        ZLayerErrorKind.RegistryRateLimited => "Log in, or try again later.",
        ZLayerErrorKind.StorageFull => "Remove images and containers that are not needed from the engine.",
        _ => null,
    };
}
