namespace ZLayer.Core.Terminals;

/// <summary>What a session is connected with.</summary>
public sealed record RelayOptions
{
    /// <summary>The terminal at which a person sits.</summary>
    public LocalTerminal Terminal { get; init; } = LocalTerminal.OfProcess;

    /// <summary>Hands the local input on; without, the session gets none.</summary>
    public bool ForwardInput { get; init; }

    /// <summary>Receives the output; everything, for a session with a terminal.</summary>
    public required Stream Output { get; init; }

    /// <summary>Receives the error output.</summary>
    public required Stream Error { get; init; }

    /// <summary>
    /// The keys that end the relay and leave the process running; null for none. They count only in a session with a terminal.
    /// </summary>
    public DetachKeys? DetachKeys { get; init; } = DetachKeys.Default;

    /// <summary>Tells a program that runs already to draw its screen again, by a size that differs for a moment.</summary>
    public bool Redraw { get; init; }
}
