using System.Management.Automation;
using ZLayer.Core.Storage;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Commands;

/// <summary>Shows how much space the store takes, by kind, and how much of it could be freed.</summary>
/// <remarks>
/// <para>
/// Reclaimable is what Clear-ZLayerStorage could free of the kind. Content that images and the build cache share counts for the images.
/// </para>
/// </remarks>
/// <example>
/// <summary>See what takes space</summary>
/// <code>Get-ZLayerStorage</code>
/// </example>
/// <example>
/// <summary>Clear the build cache when more than 10 GB could be freed</summary>
/// <code>if ((Get-ZLayerStorage BuildCache).Reclaimable -gt 10GB) { Clear-ZLayerStorage BuildCache -Force }</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image layout</seealso>
/// <seealso cref="ClearZLayerStorageCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerStorage")]
[OutputType(typeof(StorageUsage))]
public sealed class GetZLayerStorageCommand : ZLayerAsyncCmdlet
{
    /// <summary>The kinds: Image, Container, Layer, BuildCache; all without it.</summary>
    [Parameter(Position = 0, HelpMessage = "The kinds: Image, Container, Layer, BuildCache.")]
    [ValidateNotNullOrEmpty]
    public StorageKind[] Kind { get; set; } = [];

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        RunAsync(async (sink, _) =>
        {
            foreach (var usage in engine.GetUsage().Where(usage => Kind.Length == 0 || Kind.Contains(usage.Kind)))
            {
                await sink.WriteObjectAsync(usage);
            }
        });
    }
}
