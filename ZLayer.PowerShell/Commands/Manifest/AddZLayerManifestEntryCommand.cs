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

/// <summary>Adds images to a manifest list.</summary>
/// <remarks>
/// <para>
/// An image is looked for in the data root, else in the registry that its name says: then only its manifest and config are fetched, and
/// Push-ZLayerManifest takes the rest from there.
/// </para>
/// <para>
/// Of an image of several platforms -Platform chooses one, -AllPlatform takes all, and without both it is this machine's. For an image of
/// one platform -Platform says what the entry is to say. An entry of the same digest is replaced, and so is one of the same platform that
/// no annotation tells apart.
/// </para>
/// </remarks>
/// <example>
/// <summary>Add an image of the data root</summary>
/// <code>Add-ZLayerManifestEntry app:1.0 -Image app:arm64 -PassThru</code>
/// </example>
/// <example>
/// <summary>Add all images of a pattern</summary>
/// <code>Get-ZLayerImage 'app:1.0-*' | Add-ZLayerManifestEntry app:1.0</code>
/// </example>
/// <example>
/// <summary>Take over all platforms of an image in a registry</summary>
/// <code>Add-ZLayerManifestEntry app:1.0 -Image ghcr.io/org/app-windows:1.0 -AllPlatform</code>
/// </example>
/// <example>
/// <summary>Say what the image does not say itself</summary>
/// <code>Add-ZLayerManifestEntry app:1.0 -Image app:win -Platform windows/amd64 -OSVersion 10.0.20348.2340</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-index.md">OCI image index</seealso>
/// <seealso cref="NewZLayerManifestCommand"/>
/// <seealso cref="SetZLayerManifestEntryCommand"/>
/// <seealso cref="PushZLayerManifestCommand"/>
[Cmdlet(VerbsCommon.Add, "ZLayerManifestEntry", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ListSet)]
[OutputType(typeof(ManifestInfo))]
public sealed class AddZLayerManifestEntryCommand : RegistryCmdlet
{
    private const string ListSet = "List";
    private const string ImageSet = "Image";

    private readonly List<ImageIdentity> _piped = [];

    /// <summary>The list: its name, or an object of Get-ZLayerManifest. It may be piped in where -Image is given.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ImageSet, HelpMessage = "The list: its name, or an object of Get-ZLayerManifest.")]
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ListSet, HelpMessage = "The list: its name, or an object of Get-ZLayerManifest.")]
    [Alias("Reference", "InputObject")]
    [ValidateNotNull]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ManifestNameCompleter))]
    public ImageIdentity? Name { get; set; }

    /// <summary>
    /// The images to add: names or ids of the data root, else names of a registry. They may be piped in where the list is named.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ListSet, HelpMessage = "The images to add: names or ids of the data root, else names of a registry.")]
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true, ParameterSetName = ImageSet, HelpMessage = "The images to add: names or ids of the data root, else names of a registry.")]
    [ValidateNotNullOrEmpty]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity[] Image { get; set; } = [];

    /// <summary>The platform to take of an image of several; what the entry says of an image of one.</summary>
    [Parameter(HelpMessage = "The platform to take of an image of several; what the entry says of an image of one.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>Takes every platform of an image of several.</summary>
    [Parameter(HelpMessage = "Takes every platform of an image of several.")]
    public SwitchParameter AllPlatform { get; set; }

    /// <summary>The version of the operating system that the entry says, as '10.0.20348.2340'.</summary>
    [Parameter(HelpMessage = "The version of the operating system that the entry says, as '10.0.20348.2340'.")]
    [ValidateNotNullOrEmpty]
    public string? OSVersion { get; set; }

    /// <summary>Features of the operating system that the image needs, such as win32k.</summary>
    [Parameter(HelpMessage = "Features of the operating system that the image needs, such as win32k.")]
    [ValidateNotNull]
    public string[]? OSFeature { get; set; }

    /// <summary>Features of the CPU that the image needs, such as sse4.</summary>
    [Parameter(HelpMessage = "Features of the CPU that the image needs, such as sse4.")]
    [ValidateNotNull]
    public string[]? Feature { get; set; }

    /// <summary>Annotations of the entries: a hashtable, or 'key=value'.</summary>
    [Parameter(HelpMessage = "Annotations of the entries: a hashtable, or 'key=value'.")]
    [NameValue]
    [ValidateNotNull]
    public NameValueTable? Annotation { get; set; }

    /// <summary>Returns the list.</summary>
    [Parameter(HelpMessage = "Returns the list.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == ImageSet)
        {
            _piped.AddRange(Image);
            return;
        }

        AddAll(Image);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        // All at once: the list is asked about once, and returned once.
        if (_piped.Count > 0)
        {
            AddAll(_piped);
        }
    }

    private void AddAll(IReadOnlyList<ImageIdentity> images)
    {
        var engine = GetEngine(Name!.Root ?? images[0].Root);
        if (!ImageReference.TryParse(Name.Text, out var list))
        {
            WriteError(ErrorMapper.NotAReference(Name.Text));
            return;
        }

        if (UseCredentialOf(images, engine)
            && ShouldProcess(list.ToFamiliarString(), $"Add {string.Join(", ", images.Select(image => image.Text))}"))
        {
            Add(engine, list, images);
        }
    }

    private void Add(ZLayerEngine engine, ImageReference list, IReadOnlyList<ImageIdentity> images)
    {
        var options = new ManifestEntryOptions
        {
            Platform = Platform,
            AllPlatforms = AllPlatform,
            Change = new ManifestEntryChange
            {
                OsVersion = OSVersion, OsFeatures = OSFeature, Features = Feature, Annotations = ManifestSelection.Annotations(Annotation),
            },
        };
        RunAsync(list.ToFamiliarString(), async (sink, cancellationToken) =>
        {
            ManifestInfo? result = null;
            foreach (var image in images)
            {
                result = await engine.Manifests.AddAsync(list, image.Text, options, cancellationToken: cancellationToken);
            }

            if (PassThru && result is not null)
            {
                await sink.WriteObjectAsync(result);
            }
        });
    }

    // One credential is for one registry: that of the images.
    private bool UseCredentialOf(IReadOnlyList<ImageIdentity> images, ZLayerEngine engine)
    {
        if (Credential is null)
        {
            return true;
        }

        var registries = images.Select(image => ImageReference.TryParse(image.Text, out var reference) ? reference.Registry : null)
            .OfType<string>()
            .Distinct()
            .ToList();
        if (registries.Count > 1)
        {
            WriteError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"-Credential is for one registry, but the images are of several: {string.Join(", ", registries)}.")
            {
                Advice = "Log in with Connect-ZLayerRegistry, or add the images one by one.",
            }));
            return false;
        }

        foreach (var registry in registries)
        {
            UseCredential(engine, registry);
        }

        return true;
    }
}
