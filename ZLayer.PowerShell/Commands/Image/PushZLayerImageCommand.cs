using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Pushes images from the store to registries.</summary>
/// <remarks>
/// <para>
/// Blobs that the registry has are not sent; those that another repository of the same registry has are taken over from there. Layers go
/// first, then the config, the manifest, and the index of an image of several platforms.
/// </para>
/// <para>An image is pushed to where its name says, or to -Destination.</para>
/// </remarks>
/// <example>
/// <summary>Push an image to the registry in its name</summary>
/// <code>Push-ZLayerImage ghcr.io/org/app:1.0</code>
/// </example>
/// <example>
/// <summary>Push under another name, compressed with zstd</summary>
/// <code>Push-ZLayerImage app:1.0 -Destination localhost:5000/team/app:1.0 -Compression Zstd</code>
/// </example>
/// <example>
/// <summary>Build and push</summary>
/// <code>Invoke-ZLayerBuild . -Tag localhost:5000/app:2 | Push-ZLayerImage</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI distribution specification</seealso>
/// <seealso cref="ReceiveZLayerImageCommand"/>
/// <seealso cref="AddZLayerImageTagCommand"/>
[Cmdlet(VerbsCommon.Push, "ZLayerImage", SupportsShouldProcess = true)]
[OutputType(typeof(PushResult))]
public sealed class PushZLayerImageCommand : TransferCmdlet
{
    private readonly List<Target> _targets = [];

    /// <summary>The images to push: names, ids or image objects; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The images to push: names, ids or image objects.")]
    [Alias("Image", "Name", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity[] Reference { get; set; } = [];

    /// <summary>Where to push to, when it is not where the image's name says. Only one image can be pushed to it.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true, HelpMessage = "Where to push to, when it is not where the image's name says.")]
    [ImageReference]
    [ValidateNotNull]
    public ImageReference? Destination { get; set; }

    /// <summary>The platform to push of an image of several; without it all that the store holds.</summary>
    [Parameter(HelpMessage = "The platform to push of an image of several.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>How layers are compressed that the store holds uncompressed: None, Gzip (the default) or Zstd.</summary>
    [Parameter(HelpMessage = "How layers are compressed that the store holds uncompressed.")]
    public LayerCompression Compression { get; set; } = LayerCompression.Gzip;

    /// <summary>The level of the compression; its default without it.</summary>
    [Parameter(HelpMessage = "The level of the compression.")]
    [ValidateRange(0, 22)]
    public int? CompressionLevel { get; set; }

    /// <summary>Also converts layers that have another compression already; without it they are sent as they are.</summary>
    [Parameter(HelpMessage = "Also converts layers that have another compression already.")]
    public SwitchParameter ForceCompression { get; set; }

    /// <summary>The types of the image's documents: Oci, or Docker for registries that know no others; without it as they are.</summary>
    [Parameter(HelpMessage = "The types of the image's documents: Oci, or Docker for registries that know no others.")]
    public ImageFormat Format { get; set; }

    /// <summary>Leaves a destination alone that exists already: nothing is sent and nothing is returned for it.</summary>
    [Parameter(HelpMessage = "Leaves a destination alone that exists already.")]
    public SwitchParameter SkipExisting { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var identity in Reference)
        {
            if (identity.Runtime is { } runtime)
            {
                WriteError(ErrorMapper.ToErrorRecord(new ZLayerException(
                    ZLayerErrorKind.OperationNotSupported, $"'{identity}' is an image of the runtime '{runtime}'; what is pushed must be in ZLayer's store.")
                {
                    Subject = identity.Text,
                    Advice = "Take it into the store first: Get-ZLayerImage NAME -Runtime docker | Import-ZLayerImage | Push-ZLayerImage.",
                }));
                continue;
            }

            var engine = GetEngine(identity.Root);
            foreach (var source in ImageSelection.NamesOf(this, engine, identity))
            {
                Add(engine, source);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var options = new PushOptions
        {
            Compression = Compression,
            Level = CompressionLevel,
            ForceCompression = ForceCompression,
            Platform = Platform,
            Format = MyInvocation.BoundParameters.ContainsKey(nameof(Format)) ? Format : null,
        };
        var skipExisting = SkipExisting.IsPresent;
        RunForEach(_targets, (target, sink, cancellationToken) => PushAsync(target, options, skipExisting, sink, cancellationToken));
    }

    private void Add(ZLayerEngine engine, string source)
    {
        if (Destination is not null && _targets.Any(target => target.Destination == Destination))
        {
            WriteError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"'{source}' was not pushed: '{Destination}' can be the destination of one image only.")
            {
                Subject = source,
                Advice = "Give each image its name with Add-ZLayerImageTag and push without -Destination.",
            }));
            return;
        }

        if (Destination is null && !ImageReference.TryParse(source, out _))
        {
            WriteError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"'{source}' has no name that says where to push it.")
            {
                Subject = source,
                Advice = "Name it with -Destination.",
            }));
            return;
        }

        var destination = Destination ?? ImageReference.Parse(source);
        var action = $"Push {source} to {destination}";
        if (DescribeBlobs(engine, source) is { } blobs && ShouldProcess($"{action}\n{blobs}", $"{action}?", "Push-ZLayerImage"))
        {
            UseCredential(engine, destination.Registry);
            _targets.Add(new Target(engine, source, destination));
        }
    }

    // What would be sent as far as the registry does not have it; null for an image that is not there, which is an error.
    private string? DescribeBlobs(ZLayerEngine engine, string source)
    {
        try
        {
            var images = engine.Images.GetAll(source).Where(image => Platform is null || Platform.Accepts(image.Config.Platform));
            return string.Join('\n', images.Select(image =>
                $"  {image.Config.Platform}: config {image.ConfigDigest.ShortHex}"
                + string.Concat(image.Manifest.Layers.Select(layer => $", layer {layer.Digest.ShortHex} {Quantity.Size(layer.Size)}"))));
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            WriteError(ErrorMapper.ToErrorRecord(exception, source));
            return null;
        }
    }

    private static async Task PushAsync(
        Target target, PushOptions options, bool skipExisting, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (skipExisting && await target.Engine.FindRemoteAsync(target.Destination, cancellationToken) is { } existing)
        {
            await sink.WriteVerboseAsync($"{target.Destination} exists already with {existing.Digest}: skipped.");
            return;
        }

        var progress = new TransferProgressReporter(sink, $"Push {target.Destination.ToFamiliarString()}", "ZLayer.Push");
        try
        {
            await sink.WriteVerboseAsync($"Pushing {target.Source} to {target.Destination}.");
            await sink.WriteObjectAsync(
                await target.Engine.PushAsync(target.Source, target.Destination, options, progress, cancellationToken));
        }
        finally
        {
            progress.Complete();
        }
    }

    private sealed record Target(ZLayerEngine Engine, string Source, ImageReference Destination)
    {
        public override string ToString() => Source;
    }
}
