using Microsoft.Extensions.Logging;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// The log of the engines of a session: decisions go to the verbose stream of the cmdlet whose work makes them, requests to its debug
/// stream. Engines serve many cmdlets, so that the cmdlet is found by the work that flows from it.
/// </summary>
internal sealed class SessionLog : ILoggerFactory, ILogger
{
    private static readonly AsyncLocal<Reader?> Current = new();

    /// <summary>The log.</summary>
    public static SessionLog Instance { get; } = new();

    /// <summary>Sends what is logged from here on, in this work and what it starts, to a cmdlet.</summary>
    /// <param name="sink">The cmdlet's streams.</param>
    public static void FlowTo(IPipelineSink sink) => Current.Value = new Reader(sink);

    /// <inheritdoc/>
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The log goes to the streams of cmdlets only.");

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => this;

    /// <inheritdoc/>
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
        => null;

    /// <inheritdoc/>
    public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None && Current.Value is not null;

    /// <inheritdoc/>
    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        => Current.Value?.Log(logLevel, formatter(state, exception));

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Reader(IPipelineSink sink)
    {
        // A decision that many requests follow is told once.
        private readonly HashSet<string> _told = new(StringComparer.Ordinal);

        public void Log(LogLevel level, string text)
        {
            if (level is LogLevel.Trace or LogLevel.Debug)
            {
                sink.PostDebug(text);
            }
            else if (IsNew(text))
            {
                sink.PostVerbose(text);
            }
        }

        private bool IsNew(string text)
        {
            lock (_told)
            {
                return _told.Add(text);
            }
        }
    }
}
