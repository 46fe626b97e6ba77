using ZLayer.Core.Registries;

namespace ZLayer.Cli.Display;

/// <summary>Shows a pull, push, load or save on standard error: bars on a terminal, one line for each finished blob elsewhere.</summary>
internal sealed class TransferDisplay : IProgress<TransferProgress>, IAsyncDisposable
{
    private readonly TransferBoard _board = new();
    private readonly LiveRegion? _region;

    public TransferDisplay()
        => _region = Terminal.CanRedraw ? new LiveRegion(_board.Draw) : null;

    public void Report(TransferProgress value)
    {
        _board.Apply(value);
        if (_region is null && (TransferBoard.IsFinished(value) || value.Status == TransferStatus.Retrying))
        {
            Screen.Note($"{value.Id}: {TransferBoard.Word(value.Status)}{(value.Total is { } total ? $" ({Texts.Size(total)})" : "")}");
        }
    }

    public ValueTask DisposeAsync() => _region?.DisposeAsync() ?? ValueTask.CompletedTask;
}
