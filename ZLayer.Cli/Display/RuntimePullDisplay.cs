using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;

namespace ZLayer.Cli.Display;

/// <summary>Shows the pull of a runtime on standard error: bars on a terminal, one line for each finished layer elsewhere.</summary>
internal sealed class RuntimePullDisplay : IAsyncDisposable
{
    // Made when there is something to show: it takes lines of the terminal.
    private TransferDisplay? _display;

    /// <summary>Shows a pull to its end.</summary>
    public async Task<PullDone> ShowAsync(IAsyncEnumerable<PullProgress> progress)
    {
        PullDone? done = null;
        await foreach (var step in progress)
        {
            Report(step);
            done = step as PullDone ?? done;
        }

        return done ?? throw new InvalidOperationException("The pull ended without saying what it brought in.");
    }

    /// <summary>Shows how far a pull is.</summary>
    public void Report(PullProgress step)
    {
        if (step is PullStatus { Id: { } id } status)
        {
            _display ??= new TransferDisplay();
            _display.Report(new TransferProgress(id, StatusOf(status.Status), status.Current ?? 0, status.Total));
        }
    }

    public ValueTask DisposeAsync() => _display?.DisposeAsync() ?? ValueTask.CompletedTask;

    // The words of the engine's pull.
    private static TransferStatus StatusOf(string word) => word switch
    {
        "Pull complete" => TransferStatus.Done,
        "Already exists" => TransferStatus.Exists,
        "Verifying Checksum" or "Download complete" or "Extracting" => TransferStatus.Verifying,
        "Downloading" => TransferStatus.Transferring,
        _ when word.StartsWith("Retrying", StringComparison.Ordinal) => TransferStatus.Retrying,
        _ => TransferStatus.Waiting,
    };
}
