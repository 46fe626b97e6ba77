using ZLayer.Core.Images.Archives;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Runtimes.Transfers;

/// <summary>Tells the progress of an archive as that of a transfer.</summary>
internal sealed class ArchiveRelay : IProgress<ArchiveProgress>
{
    private readonly IProgress<TransferProgress> _progress;

    private ArchiveRelay(IProgress<TransferProgress> progress) => _progress = progress;

    /// <summary>The relay to a listener; null without one.</summary>
    public static ArchiveRelay? To(IProgress<TransferProgress>? progress) => progress is null ? null : new ArchiveRelay(progress);

    public void Report(ArchiveProgress value)
        => _progress.Report(new TransferProgress(value.Name, TransferStatus.Transferring, value.Current, value.Total));
}
