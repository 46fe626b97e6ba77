using System.Net;
using System.Net.Sockets;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// Turns refusals of the engine and broken connections into errors. The engine tells kinds by its status and, where one status means
/// several things, by its words alone: they are read here and nowhere else.
/// </summary>
internal static class EngineFailure
{
    private const int LongestMessage = 4096;

    /// <summary>True for a connection that could not be made, or broke.</summary>
    public static bool IsBroken(Exception e) => e is HttpRequestException or IOException or SocketException or ObjectDisposedException;

    /// <summary>The reason why there was no connection; null when there was one.</summary>
    public static EngineConnectException? FindConnect(Exception? e)
    {
        while (e is not null and not EngineConnectException)
        {
            e = e.InnerException;
        }

        return (EngineConnectException?)e;
    }

    /// <summary>The error for an exception of the connection.</summary>
    /// <param name="e">The exception.</param>
    /// <param name="purpose">What the connection was for.</param>
    /// <param name="endpoint">Where to.</param>
    /// <param name="lastWords">What the program that carried the connection said.</param>
    public static ZLayerException FromException(Exception e, EnginePurpose purpose, DockerEndpoint endpoint, string? lastWords = null)
    {
        if (IsGarbage(e))
        {
            return Unreadable(purpose, endpoint, e);
        }

        if (FindConnect(e) is { } connect)
        {
            return new ZLayerException(connect.Kind, $"Cannot {purpose.Attempt}: {connect.Message}.", e)
            {
                Subject = purpose.Subject ?? endpoint.ToString(),
                Advice = connect.Advice,
            };
        }

        return new ZLayerException(
            ZLayerErrorKind.RuntimeUnavailable, $"Cannot {purpose.Attempt}: {lastWords ?? Describe(e, endpoint)}.", e)
        {
            Subject = purpose.Subject ?? endpoint.ToString(),
            Advice = AdviceFor(endpoint, lastWords),
        };
    }

    /// <summary>The error for an answer that does not follow the API.</summary>
    public static ZLayerException Unreadable(EnginePurpose purpose, DockerEndpoint endpoint, Exception? e = null)
        => Unreadable(purpose, endpoint, e is null ? null : ConnectAdvice.Clause(e), e);

    /// <summary>The error for an answer that does not follow the API.</summary>
    /// <param name="purpose">What the connection was for.</param>
    /// <param name="endpoint">Where to.</param>
    /// <param name="why">What is wrong with the answer, as a clause; null where there is nothing to say.</param>
    /// <param name="e">The cause.</param>
    public static ZLayerException Unreadable(EnginePurpose purpose, DockerEndpoint endpoint, string? why, Exception? e = null)
        => new(
            ZLayerErrorKind.RuntimeError,
            $"Cannot {purpose.Attempt}: the answer of {endpoint} does not follow the Docker Engine API{(why is null ? "" : ": " + why)}.",
            e)
        {
            Subject = purpose.Subject ?? endpoint.ToString(),
            Advice = "Check that the address is that of a Docker engine, and that no proxy answers in its place.",
        };

    /// <summary>The error for a refusal.</summary>
    /// <param name="status">The status.</param>
    /// <param name="body">The body of the answer.</param>
    /// <param name="purpose">What the request was for.</param>
    public static ZLayerException FromAnswer(HttpStatusCode status, ReadOnlySpan<byte> body, EnginePurpose purpose)
        => FromMessage(status, MessageOf(body) ?? $"the engine answered {(int)status}", purpose);

    /// <summary>The error for the engine's words, also for those in the middle of a sequence.</summary>
    public static ZLayerException FromMessage(HttpStatusCode status, string message, EnginePurpose purpose)
    {
        var said = Cut(message.Trim().TrimEnd('.'), LongestMessage);
        var kind = purpose.Refine(status, said) ?? KindOf(status, said, purpose);
        return new ZLayerException(kind, $"Cannot {purpose.Attempt}: {said}.")
        {
            Subject = purpose.SubjectOf(kind) ?? purpose.Subject,
            Advice = purpose.Advise(kind) ?? AdviceFor(kind),
            ExitCode = kind is ZLayerErrorKind.ContainerStartFailed or ZLayerErrorKind.CommandStartFailed ? ExitCodeOf(said) : null,
        };
    }

    /// <summary>As much of foreign words as an error shows.</summary>
    public static string Cut(string said, int length)
        => said.Length <= length ? said : said[..(char.IsHighSurrogate(said[length - 1]) ? length - 1 : length)] + "…";

    /// <summary>What shells and docker's client exit with for a program that cannot be started; null when it was something else.</summary>
    public static int? ExitCodeOf(string said)
        // A working directory that is missing says nothing about the program.
        => Says(said, "chdir to cwd") ? null
            : Says(said, "executable file not found")
                || Says(said, "no such file or directory")
                || Says(said, "system cannot find the file specified") ? 127
            : Says(said, "permission denied") || Says(said, "is a directory") ? 126
            : null;

    // .NET's own reader of HTTP says so of what is no HTTP.
    private static bool IsGarbage(Exception e)
        => ((e as HttpRequestException)?.HttpRequestError ?? (e as HttpIOException)?.HttpRequestError) is HttpRequestError.InvalidResponse
            or HttpRequestError.HttpProtocolError or HttpRequestError.ConfigurationLimitExceeded;

    private static string AdviceFor(DockerEndpoint endpoint, string? lastWords)
        => lastWords is not null ? $"Check that 'ssh {endpoint.Host}' works without a question, and that the command line of the engine, docker or podman, is installed there."
            // TLS 1.3 tells so only after the handshake, as a connection that breaks.
            : endpoint is { Tls.CertificateFile: null, IsNamed: true } ? "The engine may want a client certificate: register it with its certificate and key."
            : endpoint.Tls is { CertificateFile: null } ? "The engine may want a client certificate: put cert.pem and key.pem into the directory that DOCKER_CERT_PATH names."
            : "The engine may have stopped or restarted: look into its log, and try again.";

    private static ZLayerErrorKind KindOf(HttpStatusCode status, string said, EnginePurpose purpose)
        => status switch
        {
            HttpStatusCode.NotFound => Missing(said) ?? purpose.NotFound,
            HttpStatusCode.Conflict => Clash(said) ?? purpose.Conflict,
            HttpStatusCode.BadRequest when Says(said, "client version") => ZLayerErrorKind.RuntimeApiTooOld,
            HttpStatusCode.BadRequest or HttpStatusCode.RequestEntityTooLarge => ZLayerErrorKind.InvalidArgument,
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ZLayerErrorKind.AccessDenied,
            HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented => ZLayerErrorKind.OperationNotSupported,
            HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout => ZLayerErrorKind.RuntimeUnavailable,
            // Podman answers 500 where Docker answers 404 or 409.
            >= HttpStatusCode.InternalServerError => Missing(said) ?? Clash(said) ?? purpose.Failure,
            _ => ZLayerErrorKind.RuntimeError,
        };

    private static ZLayerErrorKind? Missing(string said)
        => Says(said, "no such container") || Says(said, "no container with") ? ZLayerErrorKind.ContainerNotFound
            : Says(said, "no such image") || Says(said, "image not known") || Says(said, "manifest unknown") ? ZLayerErrorKind.ImageNotFound
            : Says(said, "could not find the file") || Says(said, "no such file or directory") ? ZLayerErrorKind.ContainerPathNotFound
            : Says(said, "no such volume") || (Says(said, "network ") && Says(said, " not found")) ? ZLayerErrorKind.InvalidArgument
            : null;

    // Podman ends its messages with the class of the error: "container state improper", "invalid argument".
    private static ZLayerErrorKind? Clash(string said)
        => Says(said, "is already in use by")
            || Says(said, "name is already in use")
            || Says(said, "unique constraint failed") ? ZLayerErrorKind.NameInUse
            : Says(said, "image is being used")
                || Says(said, "referenced image")
                || Says(said, "dependent child images")
                || Says(said, "image is in use")
                || Says(said, "with more than one tag") ? ZLayerErrorKind.ImageInUse
            : Says(said, "stop the container before")
                || Says(said, "remove a running container")
                || Says(said, "removed without force") ? ZLayerErrorKind.ContainerRunning
            : Says(said, "is not running") || Says(said, "container state improper") ? ZLayerErrorKind.ContainerNotRunning
            : said.EndsWith("invalid argument", StringComparison.Ordinal) ? ZLayerErrorKind.InvalidArgument
            : null;

    private static string? AdviceFor(ZLayerErrorKind kind)
        => kind switch
        {
            ZLayerErrorKind.ContainerNotFound => $"{DoorWords.Of("'zlayer ps -a'", "Get-ZLayerContainer")} lists the containers.",
            ZLayerErrorKind.ImageNotFound => $"Check the name and the tag, or bring the image in first: {DoorWords.Of("zlayer pull --runtime", "Receive-ZLayerImage -Runtime")}.",
            ZLayerErrorKind.NameInUse => "Choose another name, or remove the container that has it.",
            ZLayerErrorKind.ContainerNotRunning => "Start the container first.",
            ZLayerErrorKind.ContainerRunning => "Stop the container first, or use force.",
            ZLayerErrorKind.ImageInUse => "Remove the containers that use the image first, or use force.",
            ZLayerErrorKind.RuntimeApiTooOld => "Update the engine, or set DOCKER_API_VERSION to a version that it speaks.",
            ZLayerErrorKind.RuntimeError => "Look into the engine's log.",
            _ => null,
        };

    private static bool Says(string said, string words) => said.Contains(words, StringComparison.OrdinalIgnoreCase);

    private static string? MessageOf(ReadOnlySpan<byte> body)
    {
        if (CheckedJson.TryRead(EngineText.Mend(body.ToArray()).Span, EngineJson.Default.EngineErrorAnswer, out var answer))
        {
            return answer.Message is { Length: > 0 } message ? message : null;
        }

        // Plain words, or a proxy's page.
        var text = System.Text.Encoding.UTF8.GetString(body[..Math.Min(body.Length, 400)]).Trim();
        return text.Length == 0 || text.StartsWith('<') ? null : text.ReplaceLineEndings(" ");
    }

    private static string Describe(Exception e, DockerEndpoint endpoint)
        => e is HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } or HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded } or EndOfStreamException
            ? $"{endpoint} closed the connection"
            : $"the connection to {endpoint} broke: {ConnectAdvice.Clause(e)}";
}
