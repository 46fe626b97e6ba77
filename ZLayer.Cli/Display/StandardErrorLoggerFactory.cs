using Microsoft.Extensions.Logging;

namespace ZLayer.Cli.Display;

/// <summary>The log of --verbose: every message of the engine as one line on standard error.</summary>
internal sealed class StandardErrorLoggerFactory : ILoggerFactory
{
    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("The log goes to standard error only.");

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void Dispose()
    {
        // Standard error is not ours to close.
    }

    private sealed class Logger(string category) : ILogger
    {
        // A decision that many requests follow is told once.
        private readonly HashSet<string> _told = new(StringComparer.Ordinal);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel is not LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var text = formatter(state, exception);
            if (logLevel != LogLevel.Information || IsNew(text))
            {
                Screen.Note($"{Name(logLevel)}: {category}: {text}");
            }
        }

        private bool IsNew(string text)
        {
            lock (_told)
            {
                return _told.Add(text);
            }
        }

        private static string Name(LogLevel level) => level switch
        {
            LogLevel.Trace or LogLevel.Debug => "debug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warning",
            _ => "error",
        };
    }
}
