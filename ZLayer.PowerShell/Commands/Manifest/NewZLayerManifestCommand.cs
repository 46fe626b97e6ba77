using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries.Manifests;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Makes a manifest list: one name for images of several platforms.</summary>
/// <remarks>
/// <para>
/// The list is kept in the data root until Remove-ZLayerManifest. Its images come from the data root, else from the registries that their
/// names say; of those only manifests and configs are fetched. Of an image of several platforms every platform is taken.
/// </para>
/// </remarks>
/// <example>
/// <summary>Make a list of two images and push it</summary>
/// <code>New-ZLayerManifest ghcr.io/o/app:1.0 -Image app:amd64, app:arm64 | Push-ZLayerManifest</code>
/// </example>
/// <example>
/// <summary>Make an empty list, then fill it</summary>
/// <code>New-ZLayerManifest app:2.0 -Annotation @{ 'org.opencontainers.image.version' = '2.0' } | Add-ZLayerManifestEntry -Image app:amd64</code>
/// </example>
/// <example>
/// <summary>Add an image to a list, or make the list with it</summary>
/// <code>New-ZLayerManifest ghcr.io/o/app:1.0 -Image app:arm64 -Amend</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-index.md">OCI image index</seealso>
/// <seealso cref="AddZLayerManifestEntryCommand"/>
/// <seealso cref="PushZLayerManifestCommand"/>
/// <seealso cref="RemoveZLayerManifestCommand"/>
[Cmdlet(VerbsCommon.New, "ZLayerManifest", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(ManifestInfo))]
public sealed class NewZLayerManifestCommand : ZLayerAsyncCmdlet
{
    /// <summary>The names of the lists, with tags.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The names of the lists, with tags.")]
    [Alias("Reference", "InputObject")]
    [ValidateNotNullOrEmpty]
    [ImageReference]
    public ImageReference[] Name { get; set; } = [];

    /// <summary>The images of the list: names or ids of the data root, else names of a registry.</summary>
    [Parameter(Position = 1, HelpMessage = "The images of the list: names or ids of the data root, else names of a registry.")]
    [ValidateNotNull]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity[] Image { get; set; } = [];

    /// <summary>Annotations of the list: a hashtable, or 'key=value'.</summary>
    [Parameter(HelpMessage = "Annotations of the list: a hashtable, or 'key=value'.")]
    [NameValue]
    [ValidateNotNull]
    public NameValueTable? Annotation { get; set; }

    /// <summary>Replaces a list or image of that name; without it that is an error.</summary>
    [Parameter(HelpMessage = "Replaces a list or image of that name; without it that is an error.")]
    public SwitchParameter Force { get; set; }

    /// <summary>Adds the images to a list that has the name, which keeps its other entries; without such a list it is made.</summary>
    [Parameter(HelpMessage = "Adds the images to a list that has the name, which keeps its other entries.")]
    public SwitchParameter Amend { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Amend && Force)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.InvalidArgument, "-Amend and -Force exclude each other.")
            {
                Advice = "Use -Amend to add to the list that is there, -Force to replace it.",
            }));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        var options = new ManifestListOptions
        {
            Images = [.. Image.Select(image => image.Text)],
            Annotations = ManifestSelection.Annotations(Annotation),
            Replace = Force,
            Amend = Amend,
        };
        foreach (var name in Name)
        {
            if (ShouldProcess(
                name.ToFamiliarString(), Amend
                    ? $"Add {Image.Length} images to manifest list"
                    : $"Create manifest list of {Image.Length} images"))
            {
                Create(engine, name, options);
            }
        }
    }

    private void Create(ZLayerEngine engine, ImageReference name, ManifestListOptions options)
        => RunAsync(name.ToFamiliarString(), async (sink, cancellationToken) =>
        {
            await sink.WriteObjectAsync(await engine.Manifests.CreateAsync(name, options, cancellationToken));
        });
}
