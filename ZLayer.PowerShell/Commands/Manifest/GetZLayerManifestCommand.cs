using System.Management.Automation;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Shows manifest lists of the data root or of a registry.</summary>
/// <remarks>
/// <para>
/// Every image of several platforms is a manifest list. Entries tell platform, digest, size, type and annotations, and whether the data
/// root holds the image; one that it does not hold tells where it is.
/// </para>
/// <para>With -Remote the registry is asked; nothing is kept.</para>
/// </remarks>
/// <example>
/// <summary>List the manifest lists of the data root</summary>
/// <code>Get-ZLayerManifest</code>
/// </example>
/// <example>
/// <summary>See the platforms of an image in a registry</summary>
/// <code>(Get-ZLayerManifest ghcr.io/org/app:1.0 -Remote).Entries</code>
/// </example>
/// <example>
/// <summary>Get the exact document</summary>
/// <code>Get-ZLayerManifest app:1.0 -Raw | ConvertFrom-Json</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-index.md">OCI image index</seealso>
/// <seealso cref="NewZLayerManifestCommand"/>
/// <seealso cref="PushZLayerManifestCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerManifest")]
[OutputType(typeof(ManifestInfo), typeof(string))]
public sealed class GetZLayerManifestCommand : RegistryCmdlet
{
    /// <summary>The lists: names, wildcards, objects; all of the store without it. A registry needs a name.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The lists: names, wildcards, objects; all without it.")]
    [Alias("Reference", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ManifestNameCompleter))]
    public ImageIdentity[] Name { get; set; } = [new ImageIdentity("*", null)];

    /// <summary>Asks the registry that the name says.</summary>
    [Parameter(HelpMessage = "Asks the registry that the name says.")]
    public SwitchParameter Remote { get; set; }

    /// <summary>Returns the document as text, byte for byte.</summary>
    [Parameter(HelpMessage = "Returns the document as text, byte for byte.")]
    public SwitchParameter Raw { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var identity in Name)
        {
            if (Remote)
            {
                Fetch(identity);
                continue;
            }

            foreach (var list in ManifestSelection.Find(this, GetEngine(identity.Root), identity))
            {
                WriteObject(Shown(list));
            }
        }
    }

    private void Fetch(ImageIdentity identity)
    {
        if (!ImageReference.TryParse(identity.Text, out var name))
        {
            WriteError(ErrorMapper.NotAReference(identity.Text));
            return;
        }

        var engine = GetEngine();
        UseCredential(engine, name.Registry);
        RunAsync(identity.Text, async (sink, cancellationToken) =>
        {
            await sink.WriteObjectAsync(Shown(await engine.Manifests.GetRemoteAsync(name, cancellationToken)));
        });
    }

    private object Shown(ManifestInfo list) => Raw ? list.RawManifest : list;
}
