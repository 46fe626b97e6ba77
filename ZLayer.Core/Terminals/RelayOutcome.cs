namespace ZLayer.Core.Terminals;

/// <summary>How a relay ended.</summary>
public enum RelayOutcome
{
    /// <summary>The process closed its output: it has ended, or is about to.</summary>
    Ended,
    /// <summary>The detach keys were typed; the process goes on.</summary>
    Detached,
}
