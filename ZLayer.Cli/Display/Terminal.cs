namespace ZLayer.Cli.Display;

/// <summary>Whether a person watches.</summary>
internal static class Terminal
{
    /// <summary>True when standard error is a terminal that can redraw lines.</summary>
    public static bool CanRedraw
        => !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>True when a question on standard input would be answered by a person.</summary>
    public static bool CanAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;
}
