namespace ZLayer.Core.Errors;

/// <summary>
/// The one exception that ZLayer throws on purpose. The message says what was attempted, on what and why it failed;
/// <see cref="Advice"/> says what to do next. Messages, details and inner exceptions never hold secrets: the credentials of addresses are
/// masked here, whoever throws. What they quote of registries, engines, archives and Dockerfiles is made fit for a display here, once for
/// all who show it: see <see cref="DisplayText"/>. The subject is data, and exact but for credentials.
/// </summary>
public sealed class ZLayerException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="kind">What went wrong, for programs.</param>
    /// <param name="message">What was attempted, on what, and why it failed; one sentence or two.</param>
    /// <param name="inner">The cause, where there is one.</param>
    public ZLayerException(ZLayerErrorKind kind, string message, Exception? inner = null)
        : base(Show(message), inner)
        => Kind = kind;

    /// <summary>
    /// The error for an exception of the platform that says something about the machine, such as a full disk or a file that cannot be read;
    /// null for one that is a defect. The message names the path where the platform's does.
    /// </summary>
    /// <param name="error">What was thrown; a <see cref="ZLayerException"/> is returned as it is.</param>
    /// <param name="isWrite">Whether something was to be written when it was thrown.</param>
    public static ZLayerException? From(Exception error, bool isWrite = false) => SystemErrors.Recognise(error, isWrite);

    /// <summary>What went wrong, for programs.</summary>
    public ZLayerErrorKind Kind { get; }

    /// <summary>What it went wrong on: an image reference, a digest, a path, <c>Dockerfile:12:1</c>.</summary>
    public string? Subject { get; init => field = value is null ? null : AddressRedaction.Redact(value); }

    /// <summary>What to do next, as an imperative sentence; null when there is nothing useful to say.</summary>
    /// <remarks>Options and commands that it names are named as both front doors call them; see <see cref="AdviceFor"/>.</remarks>
    public string? Advice
    {
        get => AdviceWords is null ? null : Show(DoorWords.For(AdviceWords, door: null));
        init => AdviceWords = value;
    }

    // For an exception that takes over the advice of another: with the words of both doors still apart.
    internal string? AdviceWords { get; init; }

    /// <summary>More lines: each error of a Dockerfile, or the last lines that a failed step printed.</summary>
    public IReadOnlyList<string> Details { get; init => field = value.Select(Show).ToArray(); } = [];

    /// <summary>
    /// The details that the message does not tell already: it often quotes the first of them, with the place or the program that it is of.
    /// </summary>
    public IEnumerable<string> FurtherDetails
        => Details.Where(
            detail => detail != Message
                && !(detail.Contains(": ", StringComparison.Ordinal) && Message.Contains(" " + detail, StringComparison.Ordinal)));

    /// <summary>
    /// The exit code, for <see cref="ZLayerErrorKind.BuildStepFailed"/> and <see cref="ZLayerErrorKind.CommandExitedNonZero"/>; 126 or 127
    /// for a <see cref="ZLayerErrorKind.ContainerStartFailed"/> or <see cref="ZLayerErrorKind.CommandStartFailed"/> that is the program's
    /// fault.
    /// </summary>
    public int? ExitCode { get; init; }

    /// <summary>How long the registry asked to wait, for <see cref="ZLayerErrorKind.RegistryRateLimited"/>.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// What to do next, in the words of the front door that the user came through; null when there is nothing useful to say.
    /// </summary>
    /// <param name="door">The front door.</param>
    public string? AdviceFor(FrontDoor door) => AdviceWords is null ? null : Show(DoorWords.For(AdviceWords, door));

    private static string Show(string text) => DisplayText.Line(AddressRedaction.Redact(text.TrimEnd()));
}
