using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>Remembers the last lines on standard error, and makes the error of a command that failed.</summary>
internal sealed class ExitReport
{
    private const int MostLines = 20;

    // A line may be of any length; the error needs its beginning.
    private const int LongestLine = 500;

    private readonly Queue<string> _last = new();

    /// <summary>Takes a line of the output.</summary>
    public void Add(LogRecord line)
    {
        if (line.Stream == LogStream.StdErr)
        {
            _last.Enqueue(Quantity.Output(line.Text.Length > LongestLine ? line.Text[..LongestLine] + "…" : line.Text));
            if (_last.Count > MostLines)
            {
                _last.Dequeue();
            }
        }
    }

    /// <summary>The error of an exit code that is not 0.</summary>
    /// <param name="what">What ended: <c>'id -u' in the container 'web'</c>.</param>
    /// <param name="container">The container.</param>
    /// <param name="exitCode">The exit code.</param>
    public ZLayerException ToException(string what, string container, int exitCode)
        => new(ZLayerErrorKind.CommandExitedNonZero, string.Create(
            CultureInfo.InvariantCulture, $"{what} ended with exit code {exitCode}."))
        {
            Subject = container,
            ExitCode = exitCode,
            Details = [.. _last],
            Advice = "Add -AllowNonZeroExit if that is not a failure, or -AsResult to get the exit code as an object.",
        };
}
