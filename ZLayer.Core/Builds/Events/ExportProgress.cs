using ZLayer.Core.Registries;

namespace ZLayer.Core.Builds.Events;

/// <summary>How far an export or push is.</summary>
/// <param name="Name">Which one, as in <see cref="ExportStarted"/>.</param>
/// <param name="Transfer">The blob that moved.</param>
public sealed record ExportProgress(string Name, TransferProgress Transfer) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"{Name}: {Transfer}";
}
