using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Removes manifest lists from the data root, or images from a list.</summary>
/// <remarks>
/// <para>
/// Images that have names of their own stay. Content that nothing else needs goes with the list. Nothing changes in registries.
/// </para>
/// </remarks>
/// <example>
/// <summary>Remove a list</summary>
/// <code>Remove-ZLayerManifest app:1.0</code>
/// </example>
/// <example>
/// <summary>Take one image out of a list</summary>
/// <code>Remove-ZLayerManifest app:1.0 -Entry (Get-ZLayerManifest app:1.0).Entries[0].Digest</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-index.md">OCI image index</seealso>
/// <seealso cref="NewZLayerManifestCommand"/>
/// <seealso cref="GetZLayerManifestCommand"/>
[Cmdlet(VerbsCommon.Remove, "ZLayerManifest", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveZLayerManifestCommand : ZLayerAsyncCmdlet
{
    /// <summary>The lists: names, wildcards, or objects of Get-ZLayerManifest.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The lists: names, wildcards, or objects of Get-ZLayerManifest.")]
    [Alias("Reference", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity(WholeImages = true)]
    [ArgumentCompleter(typeof(ManifestNameCompleter))]
    public ImageIdentity[] Name { get; set; } = [];

    /// <summary>The digests of the entries to remove; the list itself stays then.</summary>
    [Parameter(Position = 1, HelpMessage = "The digests of the entries to remove; the list itself stays then.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ManifestEntryCompleter))]
    public Digest[] Entry { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var identity in Name)
        {
            var engine = ZLayerSession.Current.GetEngine(identity.Root ?? FullRoot);
            foreach (var list in ManifestSelection.Find(this, engine, identity))
            {
                if (Entry.Length > 0)
                {
                    RemoveEntries(engine, list);
                }
                else if (ShouldProcess(list.Name, "Remove manifest list"))
                {
                    Remove(engine, list);
                }
            }
        }
    }

    private void RemoveEntries(ZLayerEngine engine, ManifestInfo list)
    {
        foreach (var entry in Entry)
        {
            try
            {
                if (ShouldProcess($"{list.Name} {entry.ShortHex}", "Remove manifest entry"))
                {
                    engine.Manifests.RemoveEntry(list.Reference!, entry);
                }
            }
            catch (Exception exception) when (ErrorMapper.IsFailure(exception))
            {
                WriteError(ErrorMapper.ToErrorRecord(exception, entry));
            }
        }
    }

    private void Remove(ZLayerEngine engine, ManifestInfo list)
        => RunAsync(async (sink, cancellationToken) =>
        {
            try
            {
                engine.Manifests.Remove(list.Reference!, cancellationToken);
            }
            catch (Exception exception) when (ErrorMapper.IsFailure(exception))
            {
                await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(exception, list.Name));
            }
        });
}
