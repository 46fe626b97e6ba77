using System.Diagnostics;

namespace ZLayer.Core.Foundation.Processes;

/// <summary>
/// A shell script in the background that lives as long as this object, and no longer than this process: its last command waits for its
/// standard input to end, which the kernel makes happen however this process ends.
/// </summary>
internal sealed class LifelineProcess : IAsyncDisposable
{
    /// <summary>The command of a script that waits for the end.</summary>
    public const string Wait = "read -r end";

    private const int LongestError = 4096;
    private readonly Process _process;
    private readonly KeptText _errors = new(LongestError);
    private readonly Task _reading;

    private LifelineProcess(Process process)
    {
        _process = process;
        _reading = _errors.ReadAsync(process.StandardError);
    }

    public int Id => _process.Id;

    /// <summary>What it printed to standard error so far.</summary>
    public string Errors => _errors.ToString().Trim();

    /// <summary>Starts it and waits until it prints <c>ready</c>.</summary>
    /// <param name="command">What comes before the shell, such as <c>unshare --net</c>.</param>
    /// <param name="script">The script.</param>
    /// <param name="arguments">Its arguments, <c>$1</c> and on.</param>
    /// <param name="cancellationToken">Ends the waiting and the process.</param>
    /// <returns>The process, or null and the reason when it ended before it was ready.</returns>
    public static async Task<(LifelineProcess? Process, string Error)> StartAsync(
        IReadOnlyList<string> command, string script, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProgramStart([.. command, "/bin/sh", "-c", script, "sh", .. arguments]) { Directory = "/" };
        var lifeline = new LifelineProcess(start.Start());
        try
        {
            if (await lifeline.ReadLineAsync(cancellationToken).ConfigureAwait(false) == "ready")
            {
                return (lifeline, "");
            }

            await lifeline._process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            await lifeline._reading.WaitAsync(cancellationToken).ConfigureAwait(false);
            var error = lifeline.Errors;
            await lifeline.DisposeAsync().ConfigureAwait(false);
            return (null, error.Length > 0 ? error : $"it ended with exit code {lifeline._process.ExitCode}");
        }
        catch
        {
            await lifeline.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The next line that it prints; null at the end.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken)
        => await _process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false);

    /// <summary>Passes a line to the script.</summary>
    public async Task WriteLineAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line).ConfigureAwait(false);
        await _process.StandardInput.FlushAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            _process.StandardInput.Close();
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            await _process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It is gone already.
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
    }
}
