using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// No connection to the engine. It never leaves the client, which says in a <see cref="ZLayerException"/> what the connection was for.
/// </summary>
/// <param name="kind">The kind of error that it becomes.</param>
/// <param name="message">Why, as a clause without a full stop.</param>
/// <param name="advice">What to do.</param>
/// <param name="inner">The cause.</param>
internal sealed class EngineConnectException(ZLayerErrorKind kind, string message, string? advice, Exception? inner = null)
    : IOException(message, inner)
{
    public ZLayerErrorKind Kind { get; } = kind;

    public string? Advice { get; } = advice;
}
