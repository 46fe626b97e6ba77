using System.Net.Sockets;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>Says why there is no connection, and what to do about it.</summary>
internal static class ConnectAdvice
{
    private const int LongestClause = 512;

    /// <summary>A Unix socket that cannot be connected to.</summary>
    public static EngineConnectException ForSocket(DockerEndpoint endpoint, Exception e)
    {
        var code = (e as SocketException)?.SocketErrorCode;
        if (code == SocketError.AccessDenied)
        {
            return new EngineConnectException(
                ZLayerErrorKind.AccessDenied,
                $"the user {Environment.UserName} may not use the socket {endpoint.Path}",
                "Let an administrator add the user to the socket's group (usermod -aG docker USER) and sign in again, or use a rootless engine: who may use "
                    + "the socket of a rootful engine is root on this machine.",
                e);
        }

        var start = endpoint.IsPodman
            ? "Start Podman's service (systemctl --user start podman.socket, or podman system service)."
            : "Start the engine (systemctl start docker, or Docker Desktop).";
        return e is ArgumentOutOfRangeException
            ? new EngineConnectException(
                ZLayerErrorKind.RuntimeUnavailable, $"the path of the socket {endpoint.Path} is longer than the system allows", null, e)
            : new EngineConnectException(
                ZLayerErrorKind.RuntimeUnavailable,
                code == SocketError.ConnectionRefused
                    ? $"nothing listens at the socket {endpoint.Path}; the engine is not running"
                    : File.Exists(endpoint.Path)
                        ? $"the socket {endpoint.Path} cannot be connected to: {Clause(e)}"
                        : $"there is no socket {endpoint.Path}; the engine is not running, or elsewhere",
                start + (endpoint.IsPodman ? "" : Elsewhere(endpoint)),
                e);
    }

    /// <summary>A TCP address that cannot be connected to.</summary>
    public static EngineConnectException ForTcp(DockerEndpoint endpoint, Exception e)
        => new(
            ZLayerErrorKind.RuntimeUnavailable,
            (e as SocketException)?.SocketErrorCode is null or SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain
                ? $"the name {endpoint.Host} does not resolve"
                : $"{endpoint} cannot be connected to: {Clause(e)}",
            "Check the address, that the engine listens there, and the network between.",
            e);

    /// <summary>A named pipe that cannot be connected to.</summary>
    public static EngineConnectException ForPipe(DockerEndpoint endpoint, Exception e)
        => e is UnauthorizedAccessException
            ? new EngineConnectException(
                ZLayerErrorKind.AccessDenied,
                $"the user {Environment.UserName} may not use the pipe {endpoint.Path}",
                "Let an administrator add the user to the group docker-users, and sign in again.",
                e)
            : new EngineConnectException(
                ZLayerErrorKind.RuntimeUnavailable,
                e is FileNotFoundException
                    ? $"there is no pipe {endpoint.Path}; the engine is not running, or elsewhere"
                    : $"the pipe {endpoint.Path} cannot be connected to: {Clause(e)}",
                "Start the engine (Docker Desktop, or the service docker)." + Elsewhere(endpoint),
                e);

    private static string Elsewhere(DockerEndpoint endpoint)
        => endpoint.IsNamed ? "" : " If it is elsewhere, say so with DOCKER_HOST or a Docker context.";

    /// <summary>The reason of an exception as a clause.</summary>
    public static string Clause(Exception e)
    {
        var cause = e;
        while (cause.InnerException is { } inner)
        {
            cause = inner;
        }

        // Of what is no HTTP, the message holds a whole line.
        return EngineFailure.Cut(cause.Message.TrimEnd('.'), LongestClause);
    }
}
