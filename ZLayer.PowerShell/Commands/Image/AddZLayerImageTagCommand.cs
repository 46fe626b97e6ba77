using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Gives an image more names.</summary>
/// <remarks>
/// <para>The names it has stay. A name that another image has moves to this one, unless -NoClobber is given.</para>
/// </remarks>
/// <example>
/// <summary>Name an image for a registry, and push it there</summary>
/// <code>Add-ZLayerImageTag app:1.0 localhost:5000/app:1.0 -PassThru | Push-ZLayerImage</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md">OCI distribution specification</seealso>
/// <seealso cref="PushZLayerImageCommand"/>
/// <seealso cref="RemoveZLayerImageCommand"/>
[Cmdlet(VerbsCommon.Add, "ZLayerImageTag", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(ImageInfo))]
public sealed class AddZLayerImageTagCommand : ImageCmdlet
{
    /// <summary>The image: a name, an id or an image object.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The image: a name, an id or an image object.")]
    [Alias("Image", "Name", "InputObject")]
    [ValidateNotNull]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity? Reference { get; set; }

    /// <summary>The names that the image gets.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The names that the image gets.")]
    [ImageReference]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageReference[] Tag { get; set; } = [];

    /// <summary>Leaves a name alone that exists already: an error instead.</summary>
    [Parameter(HelpMessage = "Leaves a name alone that exists already: an error instead.")]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Returns the image under its new names.</summary>
    [Parameter(HelpMessage = "Returns the image under its new names.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (RunOnRuntime(Reference!, AddAsync))
        {
            return;
        }

        foreach (var tag in Tag)
        {
            if (ShouldProcess(Reference!.Text, $"Add tag {tag.ToFamiliarString()}"))
            {
                Add(tag);
            }
        }
    }

    private async Task AddAsync(IContainerRuntime runtime, IPipelineSink sink, CancellationToken cancellationToken)
    {
        foreach (var tag in Tag)
        {
            var name = tag.ToFamiliarString();
            if (NoClobber && (await runtime.ListImagesAsync(cancellationToken)).Any(image => image.Reference?.ToFamiliarString() == name))
            {
                throw new ZLayerException(ZLayerErrorKind.NameInUse, $"The runtime '{runtime.Name}' has an image '{name}' already.")
                {
                    Subject = name,
                    Advice = "Choose another name, or leave -NoClobber out.",
                };
            }

            if (await sink.ShouldProcessAsync($"{Reference} in {runtime.Name}", $"Add tag {name}"))
            {
                await runtime.TagImageAsync(RuntimeImages.KeyOf(Reference!), tag, cancellationToken);
                if (PassThru)
                {
                    foreach (var image in await RuntimeImages.FindAsync(
                        runtime, new ImageIdentity(tag.ToString(), null), cancellationToken))
                    {
                        await sink.WriteObjectAsync(image);
                    }
                }
            }
        }
    }

    private void Add(ImageReference tag)
    {
        try
        {
            var images = ZLayerSession.Current.GetEngine(Reference!.Root ?? FullRoot).Images;
            var target = images.SetName(Reference.Text, tag, NoClobber);
            if (PassThru)
            {
                WriteObject(images.Describe(tag, target));
            }
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            WriteError(ErrorMapper.ToErrorRecord(exception, Reference!.Text));
        }
    }
}
