using System.Net;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>What a request is for: an error says it, and takes its kind from it.</summary>
/// <param name="Attempt">What is attempted, to complete "Cannot …": <c>start the container 'web'</c>.</param>
/// <param name="Subject">On what: the container or image as the caller named it.</param>
/// <param name="NotFound">The kind of error for an answer 404 that does not tell itself what is missing.</param>
internal sealed record EnginePurpose(string Attempt, string? Subject, ZLayerErrorKind NotFound)
{
    /// <summary>The kind of error for an answer 409 that does not tell itself what it clashes with.</summary>
    public ZLayerErrorKind Conflict { get; init; } = ZLayerErrorKind.InvalidArgument;

    /// <summary>The kind of error for an answer 500 and above that does not tell itself what went wrong.</summary>
    public ZLayerErrorKind Failure { get; init; } = ZLayerErrorKind.RuntimeError;

    /// <summary>
    /// A kind that the operation knows better, from the status and the engine's message; null leaves it to the rules for all operations.
    /// </summary>
    public Func<HttpStatusCode, string, ZLayerErrorKind?> Refine { get; init; } = (_, _) => null;

    /// <summary>What to do next, for a kind of error; null leaves it to the rules for all operations.</summary>
    public Func<ZLayerErrorKind, string?> Advise { get; init; } = _ => null;

    /// <summary>What an error of a kind is about, where that is something else than <see cref="Subject"/>; null leaves it at that.</summary>
    public Func<ZLayerErrorKind, string?> SubjectOf { get; init; } = _ => null;

    /// <summary>An operation on a container.</summary>
    /// <param name="verb">What is done to it: <c>start</c>, <c>read the logs of</c>.</param>
    /// <param name="container">The container, as the caller named it.</param>
    public static EnginePurpose ForContainer(string verb, string container)
        => new($"{verb} the container '{container}'", container, ZLayerErrorKind.ContainerNotFound);

    /// <summary>An operation on an image.</summary>
    /// <param name="verb">What is done to it: <c>inspect</c>, <c>pull</c>.</param>
    /// <param name="image">The image, as the caller named it.</param>
    public static EnginePurpose ForImage(string verb, string image)
        => new($"{verb} the image '{image}'", image, ZLayerErrorKind.ImageNotFound) { Conflict = ZLayerErrorKind.ImageInUse };

    /// <summary>An operation on the engine as a whole.</summary>
    /// <param name="attempt">What is attempted: <c>list the containers</c>.</param>
    public static EnginePurpose ForEngine(string attempt) => new(attempt, null, ZLayerErrorKind.OperationNotSupported);
}
