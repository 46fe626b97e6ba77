using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Registries;

/// <summary>Turns answers and broken connections into errors that say what happened and what to do.</summary>
internal static class RegistryFailure
{
    private const int MaximumErrorBody = 64 * 1024;
    private const string OciTypes = "application/vnd.oci.";
    private static readonly string TypesAdvice
        = $"The registry may not know OCI's types of documents: push the image with Docker's, by {DoorWords.Of("--format docker", "-Format Docker")}.";

    /// <summary>True for answers after which the same request may succeed later.</summary>
    public static bool IsTemporary(HttpStatusCode status)
        => status is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            or HttpStatusCode.InternalServerError or HttpStatusCode.BadGateway
            or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout;

    /// <summary>
    /// True for a connection that failed, broke or stood still; false for errors of ours and for the caller's cancellation.
    /// </summary>
    public static bool IsBroken(Exception e, CancellationToken cancellationToken)
        => e is HttpRequestException or HttpIOException or SocketException or TimeoutException or AuthenticationException
            || (e is IOException && e.GetType() == typeof(IOException) && e.InnerException is SocketException)
            // The connect timeout of the handler arrives as a cancellation that nobody asked for.
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    /// <summary>True when trying again at once cannot help: the name does not resolve, the certificate is not trusted.</summary>
    public static bool IsHopeless(Exception e)
        => IsTls(e)
            || e is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError or HttpRequestError.UserAuthenticationError };

    /// <summary>True when the connection could not be established for TLS reasons.</summary>
    public static bool IsTls(Exception e)
        => e is AuthenticationException or HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError };

    /// <summary>How long the registry asks to wait; null when it does not say.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var wanted = response.Headers.RetryAfter;
        var delay = wanted?.Delta ?? (wanted?.Date is { } date ? date - DateTimeOffset.UtcNow : null);
        return delay is { } positive && positive < TimeSpan.Zero ? TimeSpan.Zero : delay;
    }

    /// <summary><c>404 Not Found</c>.</summary>
    public static string Describe(HttpResponseMessage response)
        => string.IsNullOrEmpty(response.ReasonPhrase)
            ? $"{(int)response.StatusCode}"
            : $"{(int)response.StatusCode} {response.ReasonPhrase}";

    /// <summary>The kind of error for a status and the registry's own error code.</summary>
    public static ZLayerErrorKind KindOf(HttpStatusCode status, string? code)
        => (status, code) switch
        {
            (_, "TOOMANYREQUESTS") or (HttpStatusCode.TooManyRequests, _) => ZLayerErrorKind.RegistryRateLimited,
            (_, "DENIED") or (HttpStatusCode.Forbidden, _) => ZLayerErrorKind.RegistryAccessDenied,
            (HttpStatusCode.Unauthorized or HttpStatusCode.ProxyAuthenticationRequired, _) => ZLayerErrorKind.RegistryAuthenticationFailed,
            (_, "MANIFEST_UNKNOWN" or "NAME_UNKNOWN" or "BLOB_UNKNOWN") or (HttpStatusCode.NotFound, _) => ZLayerErrorKind.ImageNotFound,
            (_, "DIGEST_INVALID") => ZLayerErrorKind.DigestMismatch,
            (_, "MANIFEST_INVALID") => ZLayerErrorKind.InvalidManifest,
            (_, "UNSUPPORTED") or (HttpStatusCode.MethodNotAllowed, _) => ZLayerErrorKind.OperationNotSupported,
            ( >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest, _) => ZLayerErrorKind.RegistryProtocolError,
            _ => ZLayerErrorKind.RegistryError,
        };

    /// <summary>The error for an answer.</summary>
    public static async Task<ZLayerException> FromResponseAsync(
        HttpResponseMessage response, RegistryRequest request, RegistrySession session, RegistryOptions options, SecretRedactor redactor, CancellationToken cancellationToken)
    {
        var said = await ReadMessageAsync(response, options, redactor, cancellationToken).ConfigureAwait(false);
        var hasCredential = session.HasCredential(request.Repository);
        var kind = KindOf(response.StatusCode, said.Code);
        if (kind == ZLayerErrorKind.RegistryAuthenticationFailed && hasCredential
            && AuthChallenge.Parse(response.Headers).Any(c => c.Error == "insufficient_scope"))
        {
            kind = ZLayerErrorKind.RegistryAccessDenied; // The token is good, but not for this.
        }

        var retryAfter = RetryAfter(response);
        var host = response.RequestMessage?.RequestUri is { } uri && !session.Owns(uri) ? uri.Host : "the registry";
        return new ZLayerException(kind, $"Cannot {request.Attempt}: {host} answered {Describe(response)}{said.Suffix}.")
        {
            Subject = request.Subject,
            RetryAfter = retryAfter,
            Advice = RefusesTypes(response, said.Code) ? TypesAdvice : AdviceFor(kind, request.Registry, hasCredential, retryAfter),
        };
    }

    // Registries from before the OCI specification say so in one of these ways.
    private static bool RefusesTypes(HttpResponseMessage response, string? code)
        => (response.StatusCode == HttpStatusCode.UnsupportedMediaType || code == "MANIFEST_INVALID")
            && response.RequestMessage is { Method.Method: "PUT", Content.Headers.ContentType.MediaType: { } type }
            && type.StartsWith(OciTypes, StringComparison.Ordinal);

    /// <summary>The error for a connection that failed or broke.</summary>
    public static ZLayerException FromException(
        Exception e, string attempt, string subject, string authority, HttpConnections connections)
    {
        var host = RegistryNames.Host(authority);
        if (IsTls(e))
        {
            var problem = connections.CertificateProblem(host);
            return new ZLayerException(
                ZLayerErrorKind.RegistryTlsFailed,
                $"Cannot {attempt}: no secure connection to {authority}: {problem ?? "the TLS handshake failed: " + Innermost(e)}.", e)
            {
                Subject = subject,
                Advice = problem is null
                    ? $"If the registry speaks plain HTTP, say so with {DoorWords.Of("--plain-http", "-AllowInsecure")}."
                    : $"Put the certificate of the registry's authority into a certificate directory (certs.d/{authority}/ca.crt), or have the registry's certificate renewed.",
            };
        }

        var unresolved = e is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError };
        return new ZLayerException(
            ZLayerErrorKind.RegistryUnreachable,
            unresolved ? $"Cannot {attempt}: the name {host} does not resolve." : $"Cannot {attempt}: {authority}: {Innermost(e)}.", e)
        {
            Subject = subject,
            Advice = unresolved
                ? "Check the registry's name in the image reference, and this machine's DNS."
                : "Check that the registry runs, its name and port, and the network between; then try again: what arrived is kept.",
        };
    }

    /// <summary>The error for an answer that sends to something that is no address.</summary>
    public static ZLayerException NoAddress(string attempt, string subject)
        => new(ZLayerErrorKind.RegistryProtocolError, $"Cannot {attempt}: the registry sends to something that is not an address.")
        {
            Subject = subject,
            Advice = "The registry is not set up correctly: its operator should check its public address.",
        };

    /// <summary>What to do about a refused credential, or a missing one.</summary>
    public static string LoginAdvice(string registry, bool hasCredential)
        => hasCredential
            ? $"The stored credential was not accepted. Run {DoorWords.LogIn(registry)} again, and check the repository's name."
            : $"Run {DoorWords.LogIn(registry)} first, and check the repository's name.";

    /// <summary>What the registry says about its refusal, cleaned, and its error code.</summary>
    public static async Task<RegistryMessage> ReadMessageAsync(
        HttpResponseMessage response, RegistryOptions options, SecretRedactor redactor, CancellationToken cancellationToken)
    {
        try
        {
            var body = await ResponseBody.ReadUpToAsync(response, MaximumErrorBody, options, cancellationToken).ConfigureAwait(false);
            var message = Interpret(body, response.Content.Headers.ContentType?.MediaType);
            return message with { Text = redactor.Clean(message.Text) };
        }
        catch (Exception e) when (IsBroken(e, cancellationToken))
        {
            return new RegistryMessage("", null); // The status alone has to do.
        }
    }

    private static RegistryMessage Interpret(byte[] body, string? mediaType)
    {
        if (CheckedJson.TryRead(body, RegistryJsonContext.Default.ErrorAnswer, out var answer))
        {
            var texts = answer.Errors?.Select(e => e.Message ?? e.Code ?? "").Where(t => t.Length > 0).Distinct()
                ?? ((JsonElement[])[answer.Details, answer.Message]).Where(d => d.ValueKind == JsonValueKind.String)
                    .Select(d => d.GetString()!);
            return new RegistryMessage(string.Join("; ", texts), answer.Errors is [var head, ..] ? head.Code?.ToUpperInvariant() : null);
        }

        // Not the registry's own error document: a proxy's page, or plain words.
        return new RegistryMessage(mediaType == "text/plain" ? Encoding.UTF8.GetString(body) : "", null);
    }

    private static string AdviceFor(ZLayerErrorKind kind, string registry, bool hasCredential, TimeSpan? retryAfter)
        => kind switch
        {
            ZLayerErrorKind.RegistryAuthenticationFailed => LoginAdvice(registry, hasCredential),
            ZLayerErrorKind.RegistryAccessDenied => hasCredential
                ? "Ask the repository's owner for access, or log in as another user."
                : LoginAdvice(registry, false),
            ZLayerErrorKind.RegistryRateLimited => (retryAfter is { } wait
                ? $"Try again in {Math.Ceiling(wait.TotalSeconds)} s"
                : "Try again later")
                + (hasCredential ? "." : $", or log in with {DoorWords.LogIn(registry)}: registries limit unknown users more."),
            ZLayerErrorKind.ImageNotFound => 
                $"Check the name and the tag; {DoorWords.Of("'zlayer tags'", "Get-ZLayerRegistryTag")} lists the tags of a repository. "
                + $"A private repository needs {DoorWords.LogIn(registry)}.",
            ZLayerErrorKind.DigestMismatch => "The content in the store may be damaged: remove the image and make or pull it again.",
            ZLayerErrorKind.OperationNotSupported => "The registry does not offer this; its operator may have to enable it.",
            ZLayerErrorKind.RegistryProtocolError => "Check that the address names an image registry, and no proxy answers in its place.",
            _ => "Try again later; if the error stays, the registry's operator should look into its log.",
        };

    private static string Innermost(Exception e)
    {
        var cause = e;
        while (cause.InnerException is { } inner)
        {
            cause = inner;
        }

        return cause is OperationCanceledException ? "no answer in time" : cause.Message.TrimEnd('.');
    }
}

/// <summary>What a registry said about a refusal.</summary>
internal sealed record RegistryMessage(string Text, string? Code)
{
    public string Suffix => Text.Length == 0 ? "" : ": " + Text.TrimEnd('.');
}
