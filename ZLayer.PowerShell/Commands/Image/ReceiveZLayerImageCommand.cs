using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Pulls images from registries into the store.</summary>
/// <remarks>
/// <para>
/// Layers that the store holds already are not fetched again, and a transfer that broke goes on where it stopped. Everything is verified
/// against its digest before it is kept.
/// </para>
/// <para>
/// Names are completed as users know them: 'nginx' is 'docker.io/library/nginx:latest'. Several images are fetched at once, as
/// -ThrottleLimit says; an image that cannot be fetched gives an error that does not end the others.
/// </para>
/// </remarks>
/// <example>
/// <summary>Pull one image</summary>
/// <code>Receive-ZLayerImage nginx:1.27</code>
/// <para>Fetches the image for this machine's platform, unless the store holds it.</para>
/// </example>
/// <example>
/// <summary>Pull several, and ask the registry whether they are newer</summary>
/// <code>'alpine:3.22', 'debian:13' | Receive-ZLayerImage -PullPolicy Newer -Platform linux/amd64, linux/arm64</code>
/// <para>Fetches both platforms of both images where the registry has other ones than the store.</para>
/// </example>
/// <example>
/// <summary>Pull in the background</summary>
/// <code>Receive-ZLayerImage ghcr.io/org/app:1.0 -AsJob | Receive-Job -Wait</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI distribution specification</seealso>
/// <seealso cref="PushZLayerImageCommand"/>
/// <seealso cref="ConnectZLayerRegistryCommand"/>
[Cmdlet(VerbsCommunications.Receive, "ZLayerImage", SupportsShouldProcess = true)]
[Alias("Pull-ZLayerImage")]
[OutputType(typeof(ImageInfo))]
public sealed class ReceiveZLayerImageCommand : TransferCmdlet
{
    private readonly List<Target> _targets = [];

    /// <summary>The images to pull: names with a tag or digest.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The images to pull: names with a tag or digest.")]
    [Alias("Image", "Name", "InputObject")]
    [ValidateNotNullOrEmpty]
    [ImageIdentity]
    [ArgumentCompleter(typeof(RemoteImageCompleter))]
    public ImageIdentity[] Reference { get; set; } = [];

    /// <summary>The platforms to take from an image of several; without it this machine's.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true, HelpMessage = "The platforms to take from an image of several.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform[] Platform { get; set; } = [];

    /// <summary>When the registry is asked: IfNotPresent (the default), Newer, Always or Never.</summary>
    [Parameter(HelpMessage = "When the registry is asked: IfNotPresent, Newer, Always or Never.")]
    [PullPolicy]
    public ImagePullPolicy PullPolicy { get; set; }

    /// <summary>
    /// The runtime that takes the images, such as docker, or the address of an engine. Without it ZLayer's own store does. The runtime of a
    /// piped object wins over it.
    /// </summary>
    [Parameter(HelpMessage = "The runtime that takes the images, such as docker.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Runtime { get; set; }

    /// <summary>Pulls every tag of the repository.</summary>
    [Parameter(HelpMessage = "Pulls every tag of the repository.")]
    public SwitchParameter AllTag { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var identity in Reference)
        {
            if (!ImageReference.TryParse(identity.Text, out var reference))
            {
                WriteError(ErrorMapper.NotAReference(identity.Text));
            }
            else if (ShouldProcess(AllTag ? $"all tags of {reference.FamiliarName}" : reference.ToFamiliarString(), "Receive image"))
            {
                Add(identity, reference);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var (platforms, policy, all) = (Platform, PullPolicyAttribute.ToEngine(PullPolicy), AllTag.IsPresent);
        RunForEach(_targets, (target, sink, cancellationToken) => target.Runtime is not null
            ? PullIntoRuntimeAsync(target, platforms, policy, sink, cancellationToken)
            : all ? PullAllTagsAsync(target, platforms, policy, sink, cancellationToken)
            : PullAsync(target, platforms, policy, sink, cancellationToken));
    }

    private void Add(ImageIdentity identity, ImageReference reference)
    {
        try
        {
            var engine = GetEngine(identity.Root);
            UseCredential(engine, reference.Registry);
            if (RuntimeImages.Of(identity, Runtime, FullRoot) is not { } runtime)
            {
                _targets.Add(new Target(engine, reference));
                return;
            }

            if (AllTag || Platform.Length > 1)
            {
                throw new ZLayerException(
                    ZLayerErrorKind.OperationNotSupported, $"The runtime '{runtime.Name}' pulls one tag for one platform at a time; {(AllTag ? "-AllTag is" : "several platforms are")} for the store.")
                {
                    Subject = identity.Text,
                };
            }

            var credential = Credential is null || Credential == PSCredential.Empty ? null : ToRegistryCredential(Credential);
            _targets.Add(new Target(engine, reference) { Runtime = runtime, Credential = credential });
        }
        catch (ZLayerException exception)
        {
            WriteError(ErrorMapper.ToErrorRecord(exception, identity.Text));
        }
    }

    private static async Task PullIntoRuntimeAsync(
        Target target, Platform[] platforms, PullPolicy policy, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var (runtime, name) = (target.Runtime!, target.Reference.ToFamiliarString());
        var progress = new PullProgressReporter(sink, $"Receive {name}");
        try
        {
            await sink.WriteVerboseAsync($"Receiving {target.Reference} into {runtime.Name}, policy {policy}.");
            var options = new RuntimePullOptions { Platform = platforms.FirstOrDefault(), Policy = policy, Credential = target.Credential };
            await foreach (var step in runtime.PullImageStreamAsync(target.Reference, options, cancellationToken))
            {
                progress.Report(step);
            }

            foreach (var image in await RuntimeImages.FindAsync(
                runtime, new ImageIdentity(
                    (target.Reference is { Tag: null, Digest: null } bare
                        ? bare.WithTag(ImageReference.DefaultTag)
                        : target.Reference).ToString(), null), cancellationToken))
            {
                await sink.WriteObjectAsync(image);
            }
        }
        finally
        {
            progress.Complete();
        }
    }

    private static async Task PullAllTagsAsync(
        Target target, Platform[] platforms, PullPolicy policy, IPipelineSink sink, CancellationToken cancellationToken)
    {
        await foreach (var tag in target.Engine.GetTagsAsync(
            target.Reference, warn: sink.PostWarning, cancellationToken: cancellationToken))
        {
            await PullAsync(target with { Reference = target.Reference.WithTag(tag.Name) }, platforms, policy, sink, cancellationToken);
        }
    }

    private static async Task PullAsync(
        Target target, Platform[] platforms, PullPolicy policy, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var name = target.Reference.ToFamiliarString();
        var progress = new TransferProgressReporter(sink, $"Receive {name}", "ZLayer.Pull");
        try
        {
            var wanted = platforms.Length == 0 ? "" : $" for {string.Join<Platform>(", ", platforms)}";
            await sink.WriteVerboseAsync($"Receiving {target.Reference}{wanted}, policy {policy}.");
            await sink.WriteObjectAsync(await target.Engine.PullAsync(target.Reference, platforms, policy, progress, cancellationToken));
        }
        finally
        {
            progress.Complete();
        }
    }

    private sealed record Target(ZLayerEngine Engine, ImageReference Reference)
    {
        /// <summary>The runtime that takes the image; null is the store.</summary>
        public IContainerRuntime? Runtime { get; init; }

        public RegistryCredential? Credential { get; init; }

        public override string ToString() => Reference.ToFamiliarString();
    }
}
