using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries.Copying;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Copies images from registry to registry, without storing them.</summary>
/// <remarks>
/// <para>
/// The image is copied by digest, every platform and document byte for byte; blobs stream from one registry to the other and are verified
/// on the way. What the destination has is not sent, and within a registry blobs are taken over without being moved.
/// </para>
/// <para>
/// Several images, from the pipeline too, keep their tags: -Destination is then a repository, and each image goes under its own tag. With
/// -WhatIf the blobs that would move are listed.
/// </para>
/// </remarks>
/// <example>
/// <summary>Copy an image with its signatures and SBOMs</summary>
/// <code>Copy-ZLayerImage ghcr.io/org/app:1.0 registry.example.com/org/app:1.0 -IncludeReferrer</code>
/// </example>
/// <example>
/// <summary>Mirror every release of a repository</summary>
/// <code>Get-ZLayerRegistryTag ghcr.io/org/app -Name 1.* | Copy-ZLayerImage -Destination registry.example.com/org/app</code>
/// </example>
/// <example>
/// <summary>Give an image in a registry a further tag</summary>
/// <code>Copy-ZLayerImage localhost:5000/app:1.0.3 localhost:5000/app:1.0</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI distribution specification</seealso>
/// <seealso cref="PushZLayerImageCommand"/>
/// <seealso cref="GetZLayerReferrerCommand"/>
[Cmdlet(VerbsCommon.Copy, "ZLayerImage", SupportsShouldProcess = true)]
[OutputType(typeof(CopyResult))]
public sealed class CopyZLayerImageCommand : TransferCmdlet
{
    private readonly List<Target> _targets = [];

    /// <summary>The images to copy: names in registries, tags or digests.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The images to copy: names in registries, tags or digests.")]
    [Alias("Image", "Name", "InputObject")]
    [ImageReference]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemoteImageCompleter))]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>Where to copy to: a name with a tag for one image, or a repository without a tag, where each image keeps its own.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, HelpMessage = "Where to copy to: a name with a tag, or a repository where each image keeps its tag.")]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = "";

    /// <summary>The platform to copy of an image of several; without it the whole index.</summary>
    [Parameter(HelpMessage = "The platform to copy of an image of several.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <summary>Also copies what refers to the image: signatures, SBOMs, attestations, and what refers to these.</summary>
    [Parameter(HelpMessage = "Also copies what refers to the image: signatures, SBOMs, attestations.")]
    public SwitchParameter IncludeReferrer { get; set; }

    /// <summary>
    /// User name and password or access token for the destination, where it is another one than -Credential, which is for the source then.
    /// </summary>
    [Parameter(HelpMessage = "User name and password or access token for the destination.")]
    [Credential]
    public PSCredential? DestinationCredential { get; set; }

    private CopyOptions Options => new() { Platform = Platform, IncludeReferrers = IncludeReferrer };

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var source in Reference)
        {
            try
            {
                Add(source, DestinationOf(source));
            }
            catch (ZLayerException exception)
            {
                WriteError(ErrorMapper.ToErrorRecord(exception, source));
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var options = Options;
        RunForEach(_targets, (target, sink, cancellationToken) => CopyAsync(target, options, sink, cancellationToken));
    }

    // A repository takes images under their own tags, or digests; a name with a tag takes one image.
    private ImageReference DestinationOf(ImageReference source)
    {
        var destination = ImageReference.Parse(Destination);
        if (Destination.EndsWith(":" + destination.Tag, StringComparison.Ordinal) || destination.Digest is not null)
        {
            return _targets.All(target => target.Destination != destination)
                ? destination
                : throw new ZLayerException(
                    ZLayerErrorKind.InvalidArgument, $"'{source}' was not copied: '{destination}' can be the destination of one image only.")
                {
                    Subject = source.ToString(),
                    Advice = "Give -Destination no tag: each image then keeps its own.",
                };
        }

        return source.Tag is { } tag ? destination.WithTag(tag) : destination.WithDigest(source.Digest!.Value);
    }

    private void Add(ImageReference source, ImageReference destination)
    {
        var engine = GetEngine(hasOwnCredential: IsGiven(DestinationCredential));
        UseCredential(engine, source.Registry);
        if (IsGiven(DestinationCredential))
        {
            engine.Credentials.Set(destination.Registry, ToRegistryCredential(DestinationCredential!));
        }
        else
        {
            UseCredential(engine, destination.Registry);
        }

        var action = $"Copy {source} to {destination}";
        if (ShouldProcess(
            Confirmation.IsWhatIf(this) ? $"{action}\n{Describe(engine, source, destination)}" : action, $"{action}?", "Copy-ZLayerImage"))
        {
            _targets.Add(new Target(engine, source, destination));
        }
    }

    // Finding out what would move asks both registries, which is done only for who wants to know.
    private string Describe(ZLayerEngine engine, ImageReference source, ImageReference destination)
    {
        CopyPlan? plan = null;
        RunAsync(async (_, cancellationToken) => plan = await engine.PlanCopyAsync(source, destination, Options, cancellationToken));
        return plan is null
            ? ""
            : $"  {plan.Manifests.Count} manifests"
                + string.Concat(plan.Uploads.Select(blob => $"\n  send {blob.Digest.ShortHex} {Quantity.Size(blob.Size)}"))
                + string.Concat(plan.Mounts.Select(blob => $"\n  mount {blob.Digest.ShortHex} {Quantity.Size(blob.Size)}"));
    }

    private static async Task CopyAsync(Target target, CopyOptions options, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var progress = new TransferProgressReporter(sink, $"Copy {target.Destination.ToFamiliarString()}", "ZLayer.Copy");
        try
        {
            await sink.WriteVerboseAsync($"Copying {target.Source} to {target.Destination}.");
            await sink.WriteObjectAsync(
                await target.Engine.CopyAsync(target.Source, target.Destination, options, progress, cancellationToken));
        }
        finally
        {
            progress.Complete();
        }
    }

    private sealed record Target(ZLayerEngine Engine, ImageReference Source, ImageReference Destination)
    {
        public override string ToString() => Source.ToString();
    }
}
