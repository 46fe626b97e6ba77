using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>
/// What happens while a container is run: one <see cref="RunSend"/> or any number of <see cref="RunPull"/> where the image was missing,
/// <see cref="RunCreated"/>, <see cref="RunOutput"/>, then one <see cref="RunEnded"/>.
/// </summary>
public abstract record RunEvent;

/// <summary>The image is brought in.</summary>
/// <param name="Progress">How far.</param>
public sealed record RunPull(PullProgress Progress) : RunEvent;

/// <summary>The image is about to be sent to the runtime, which lacks it, from where it is.</summary>
/// <param name="Image">The image.</param>
public sealed record RunSend(string Image) : RunEvent;

/// <summary>The container was made.</summary>
/// <param name="Container">The container, with the runtime's warnings.</param>
public sealed record RunCreated(ContainerCreation Container) : RunEvent;

/// <summary>It wrote a line.</summary>
/// <param name="Record">The line.</param>
public sealed record RunOutput(LogRecord Record) : RunEvent;

/// <summary>It ended.</summary>
/// <param name="Container">The container; it is gone if it was to be removed.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Duration">The time from its start to its end.</param>
public sealed record RunEnded(ContainerCreation Container, WaitOutcome Outcome, TimeSpan Duration) : RunEvent;
