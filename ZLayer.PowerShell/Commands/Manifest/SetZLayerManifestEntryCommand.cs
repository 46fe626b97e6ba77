using System.Management.Automation;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Changes what a manifest list says of its images: platform, versions, features, annotations.</summary>
/// <remarks>
/// <para>
/// The images stay as they are. What is not given stays, too; an annotation with an empty value is removed, and so are features with an
/// empty list.
/// </para>
/// </remarks>
/// <example>
/// <summary>Correct the variant of an image</summary>
/// <code>Get-ZLayerManifest app:1.0 | Set-ZLayerManifestEntry -Entry (Get-ZLayerManifest app:1.0).Entries[1].Digest -Platform linux/arm/v6</code>
/// </example>
/// <example>
/// <summary>Annotate an image of a list</summary>
/// <code>Set-ZLayerManifestEntry app:1.0 -Entry (Get-ZLayerManifest app:1.0).Entries[0].Digest -Annotation @{ channel = 'edge' } -PassThru</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-index.md">OCI image index</seealso>
/// <seealso cref="AddZLayerManifestEntryCommand"/>
/// <seealso cref="GetZLayerManifestCommand"/>
[Cmdlet(VerbsCommon.Set, "ZLayerManifestEntry", SupportsShouldProcess = true)]
[OutputType(typeof(ManifestInfo))]
public sealed class SetZLayerManifestEntryCommand : ZLayerCmdlet
{
    /// <summary>The list: its name, or an object of Get-ZLayerManifest.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The list: its name, or an object of Get-ZLayerManifest.")]
    [Alias("Reference", "InputObject")]
    [ValidateNotNull]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ManifestNameCompleter))]
    public ImageIdentity? Name { get; set; }

    /// <summary>The digests of the entries to change.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The digests of the entries to change.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ManifestEntryCompleter))]
    public Digest[] Entry { get; set; } = [];

    /// <summary>The platform that the entry says.</summary>
    [Parameter(HelpMessage = "The platform that the entry says.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>The version of the operating system that the entry says; empty removes it.</summary>
    [Parameter(HelpMessage = "The version of the operating system that the entry says; empty removes it.")]
    [AllowEmptyString]
    public string? OSVersion { get; set; }

    /// <summary>Features of the operating system that the image needs, such as win32k.</summary>
    [Parameter(HelpMessage = "Features of the operating system that the image needs, such as win32k.")]
    [AllowEmptyCollection]
    [ValidateNotNull]
    public string[]? OSFeature { get; set; }

    /// <summary>Features of the CPU that the image needs, such as sse4.</summary>
    [Parameter(HelpMessage = "Features of the CPU that the image needs, such as sse4.")]
    [AllowEmptyCollection]
    [ValidateNotNull]
    public string[]? Feature { get; set; }

    /// <summary>Annotations to set: a hashtable, or 'key=value'; an empty value removes one.</summary>
    [Parameter(HelpMessage = "Annotations to set: a hashtable, or 'key=value'; an empty value removes one.")]
    [NameValue]
    [ValidateNotNull]
    public NameValueTable? Annotation { get; set; }

    /// <summary>Returns the list.</summary>
    [Parameter(HelpMessage = "Returns the list.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = ZLayerSession.Current.GetEngine(Name!.Root ?? FullRoot);
        var change = (Platform is null ? new ManifestEntryChange() : ManifestEntryChange.ToPlatform(Platform)) with
        {
            Annotations = ManifestSelection.Annotations(Annotation),
        };
        change = change with { OsVersion = OSVersion
            ?? change.OsVersion, OsFeatures = OSFeature ?? change.OsFeatures, Features = Feature ?? change.Features };
        try
        {
            var list = ImageReference.Parse(Name.Text);
            ManifestInfo? result = null;
            foreach (var entry in Entry)
            {
                if (ShouldProcess($"{list.ToFamiliarString()} {entry.ShortHex}", "Change manifest entry"))
                {
                    result = engine.Manifests.Change(list, entry, change);
                }
            }

            if (PassThru && result is not null)
            {
                WriteObject(result);
            }
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            WriteError(ErrorMapper.ToErrorRecord(exception, Name.Text));
        }
    }
}
