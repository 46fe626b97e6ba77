using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists the images of the store or of a runtime, or shows all about some of them.</summary>
/// <remarks>
/// <para>
/// A name without a tag means every tag of its repository; wildcards match repository and tag. An image with several names comes once for
/// each. With -Detailed each image comes with its config, manifest and layers.
/// </para>
/// <para>
/// With -Runtime the images of a container runtime are listed instead, such as those of the Docker engine; -Detailed then shows what the
/// runtime knows of them.
/// </para>
/// <para>With -Remote the image is looked up in its registry, without pulling it.</para>
/// </remarks>
/// <example>
/// <summary>List all images, the largest first</summary>
/// <code>Get-ZLayerImage | Sort-Object Size -Descending</code>
/// </example>
/// <example>
/// <summary>See what an image runs</summary>
/// <code>(Get-ZLayerImage nginx:1.27 -Detailed).Config.Config.Entrypoint</code>
/// </example>
/// <example>
/// <summary>Remove old images by a label</summary>
/// <code>Get-ZLayerImage -Label stage=test | Where-Object Created -lt (Get-Date).AddDays(-30) | Remove-ZLayerImage -WhatIf</code>
/// </example>
/// <example>
/// <summary>List the images of the Docker engine that no name points to</summary>
/// <code>Get-ZLayerImage -Runtime docker -Dangling</code>
/// </example>
/// <example>
/// <summary>Look at an image in a registry without pulling it</summary>
/// <code>Get-ZLayerImage ghcr.io/org/app:1.0 -Remote | Format-List</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/spec.md">OCI image specification</seealso>
/// <seealso cref="GetZLayerImageHistoryCommand"/>
/// <seealso cref="ReceiveZLayerImageCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerImage")]
[OutputType(typeof(ImageInfo), typeof(ImageDetail), typeof(ImageInspection))]
public sealed class GetZLayerImageCommand : RegistryCmdlet
{
    /// <summary>The images: names, ids or the beginnings of ids, wildcards; all without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The images: names, ids, wildcards; all without it.")]
    [Alias("Image", "Name", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity[] Reference { get; set; } = [new ImageIdentity("*", null)];

    /// <summary>Only images without a name.</summary>
    [Parameter(HelpMessage = "Only images without a name.")]
    public SwitchParameter Dangling { get; set; }

    /// <summary>Only images with these labels: 'key', 'key=value', or a hashtable.</summary>
    [Parameter(HelpMessage = "Only images with these labels: 'key', 'key=value', or a hashtable.")]
    [LabelFilter]
    [ArgumentCompleter(typeof(LabelCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Label { get; set; } = [];

    /// <summary>Only images that were made before this image.</summary>
    [Parameter(HelpMessage = "Only images that were made before this image.")]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity? Before { get; set; }

    /// <summary>Only images that were made after this image.</summary>
    [Parameter(HelpMessage = "Only images that were made after this image.")]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity? Since { get; set; }

    /// <summary>Only images that have this platform, which is then the one shown.</summary>
    [Parameter(HelpMessage = "Only images that have this platform, which is then the one shown.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>Adds config, manifest and layers.</summary>
    [Parameter(HelpMessage = "Adds config, manifest and layers.")]
    public SwitchParameter Detailed { get; set; }

    /// <summary>
    /// The runtime whose images are meant, such as docker, or the address of an engine. Without it those of ZLayer's own store. The runtime
    /// of a piped object wins over it.
    /// </summary>
    [Parameter(HelpMessage = "The runtime whose images are meant, such as docker.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Runtime { get; set; }

    /// <summary>
    /// Looks the images up in their registries, without pulling them, and shows all about them. The filters of stored images do not go with
    /// it.
    /// </summary>
    [Parameter(HelpMessage = "Looks the images up in their registries, without pulling them.")]
    public SwitchParameter Remote { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        var filters = new[] { nameof(Dangling), nameof(Label), nameof(Before), nameof(Since) }.Where(MyInvocation.BoundParameters.ContainsKey)
            .ToList();
        if (Remote && Runtime is not null)
        {
            filters = [nameof(Runtime)];
        }

        if (Remote && filters.Count > 0)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"-{filters[0]} is for images that are here; it does not go with -Remote.")
            {
                Advice = "Leave one of them out.",
            }));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var identity in Reference)
        {
            if (Remote)
            {
                Inspect(identity);
            }
            else if (OfRuntime(identity) is { } runtime)
            {
                RunAsync(
                    (sink, cancellationToken) => RuntimeImages.GuardAsync(
                        sink, identity.Text, () => WriteAsync(runtime, identity, sink, cancellationToken)));
            }
            else
            {
                foreach (var image in Find(identity))
                {
                    WriteObject(image);
                }
            }
        }
    }

    private IContainerRuntime? OfRuntime(ImageIdentity identity)
    {
        try
        {
            return RuntimeImages.Of(identity, Runtime, FullRoot);
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception));
            return null;
        }
    }

    private async Task WriteAsync(
        IContainerRuntime runtime, ImageIdentity identity, IPipelineSink sink, CancellationToken cancellationToken)
    {
        foreach (var image in await RuntimeImages.FindAsync(runtime, identity, Filter(), cancellationToken))
        {
            await sink.WriteObjectAsync(
                Detailed ? await runtime.InspectImageAsync(RuntimeImages.KeyOf(image), cancellationToken) : image);
        }
    }

    private IReadOnlyList<ImageInfo> Find(ImageIdentity identity)
    {
        try
        {
            var engine = GetEngine(identity.Root);
            var found = ImageSelection.Find(engine, identity, Filter());
            return Detailed ? [.. found.Select(image => Inspect(engine, image))] : found;
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            WriteError(ErrorMapper.ToErrorRecord(exception, identity.Text));
            return [];
        }
    }

    private ImageFilter Filter() => new()
    {
        Dangling = Dangling ? true : null,
        Labels = Label,
        Before = Before?.Text,
        Since = Since?.Text,
        Platform = Platform,
    };

    private ImageDetail Inspect(ZLayerEngine engine, ImageInfo image)
        => engine.Images.Inspect(ImageSelection.NameOf(image), Platform ?? image.Platform);

    private void Inspect(ImageIdentity identity)
    {
        if (!ImageReference.TryParse(identity.Text, out var reference))
        {
            WriteError(ErrorMapper.NotAReference(identity.Text));
            return;
        }

        var engine = GetEngine();
        UseCredential(engine, reference.Registry);
        RunAsync(identity.Text, async (sink, cancellationToken) =>
        {
            await sink.WriteObjectAsync(await engine.InspectRemoteAsync(reference, Platform, cancellationToken));
        });
    }
}
