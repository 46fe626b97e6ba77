using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists the layers of images of the store, the lowest first, or finds the images that have a layer.</summary>
/// <remarks>
/// <para>
/// A layer has two digests. Digest is that of its blob, as the manifest names it: it changes with the compression. DiffId is that of its
/// files, which does not, so two images that share a layer have that in common. ChainId stands for a layer together with those below it.
/// </para>
/// </remarks>
/// <example>
/// <summary>See what an image is made of</summary>
/// <code>Get-ZLayerLayer app:1.0</code>
/// </example>
/// <example>
/// <summary>Find the layers that two images share</summary>
/// <code>Compare-Object (Get-ZLayerLayer app:1.0) (Get-ZLayerLayer app:2.0) -Property DiffId -IncludeEqual -ExcludeDifferent</code>
/// </example>
/// <example>
/// <summary>Find the images with a layer</summary>
/// <code>Get-ZLayerLayer -Digest sha256:8a1c7c3f5d0b | Select-Object -ExpandProperty Image</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/config.md">OCI image specification: config</seealso>
/// <seealso cref="GetZLayerImageHistoryCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerLayer")]
[OutputType(typeof(LayerInfo))]
public sealed class GetZLayerLayerCommand : ZLayerCmdlet
{
    /// <summary>The images: names, ids or image objects; wildcards are allowed. All images without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The images: names, ids or image objects; wildcards are allowed.")]
    [Alias("Image", "Name", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity[] Reference { get; set; } = [];

    /// <summary>Only layers with these digests, of the blob or of its files, or with digests that begin so.</summary>
    [Parameter(HelpMessage = "Only layers with these digests, of the blob or of its files, or with digests that begin so.")]
    [ValidateNotNullOrEmpty]
    public string[] Digest { get; set; } = [];

    /// <summary>The platform of images of several; this machine's without it, and with -Digest all.</summary>
    [Parameter(HelpMessage = "The platform of images of several.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!MyInvocation.ExpectingInput && !MyInvocation.BoundParameters.ContainsKey(nameof(Reference)))
        {
            var store = ZLayerSession.Current.GetEngine(FullRoot);
            foreach (var name in store.Images.List(new ImageFilter()).Select(ImageSelection.NameOf).Distinct(StringComparer.Ordinal))
            {
                Write(store, name);
            }

            return;
        }

        foreach (var identity in Reference)
        {
            if (identity.Runtime is { } runtime)
            {
                WriteError(ErrorMapper.ToErrorRecord(new ZLayerException(
                    ZLayerErrorKind.OperationNotSupported, $"The runtime '{runtime}' does not tell the layers of its images.")
                {
                    Subject = identity.Text,
                    Advice = "Pull the image into the store, or see its steps with Get-ZLayerImageHistory.",
                }));
                continue;
            }

            var engine = ZLayerSession.Current.GetEngine(identity.Root ?? FullRoot);
            foreach (var name in ImageSelection.NamesOf(this, engine, identity))
            {
                Write(engine, name);
            }
        }
    }

    private void Write(Core.ZLayerEngine engine, string name)
    {
        try
        {
            foreach (var layer in PlatformsOf(engine, name).SelectMany(platform => engine.Images.GetLayers(name, platform)).Where(IsWanted))
            {
                WriteObject(layer);
            }
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            WriteError(ErrorMapper.ToErrorRecord(exception, name));
        }
    }

    // Who looks for a layer looks for it in all of an image.
    private IEnumerable<Platform?> PlatformsOf(Core.ZLayerEngine engine, string name)
        => Platform is null && Digest.Length > 0
            ? engine.Images.GetAll(name).Select(image => (Platform?)image.Platform).Distinct()
            : [Platform];

    private bool IsWanted(LayerInfo layer)
        => Digest.Length == 0 || Digest.Any(wanted => Begins(layer.Digest, wanted) || Begins(layer.DiffId, wanted));

    private static bool Begins(Digest digest, string wanted)
        => digest.ToString().StartsWith(wanted, StringComparison.OrdinalIgnoreCase)
            || digest.Hex.StartsWith(wanted, StringComparison.OrdinalIgnoreCase);
}
