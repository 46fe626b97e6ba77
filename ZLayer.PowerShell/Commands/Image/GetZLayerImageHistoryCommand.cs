using System.Management.Automation;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Shows how an image was made: its steps, the newest first, with the size of what each added.</summary>
/// <remarks>
/// <para>The steps come from the image's config. Sizes are those of the layers as the store keeps them.</para>
/// </remarks>
/// <example>
/// <summary>Find the largest step</summary>
/// <code>Get-ZLayerImageHistory app:1.0 | Sort-Object Size -Descending | Select-Object -First 1</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/config.md">OCI image specification: config</seealso>
/// <seealso cref="GetZLayerImageCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerImageHistory")]
[OutputType(typeof(ImageHistoryEntry))]
public sealed class GetZLayerImageHistoryCommand : ImageCmdlet
{
    /// <summary>The images: names, ids or image objects; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The images: names, ids or image objects; wildcards are allowed.")]
    [Alias("Image", "Name", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity[] Reference { get; set; } = [];

    /// <summary>The platform of an image of several; this machine's without it.</summary>
    [Parameter(HelpMessage = "The platform of an image of several.")]
    [Platform]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    public Platform? Platform { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var identity in Reference)
        {
            if (RunOnRuntime(identity, (runtime, sink, cancellationToken) => WriteHistoryAsync(runtime, identity, sink, cancellationToken)))
            {
                continue;
            }

            foreach (var entry in GetHistory(identity))
            {
                WriteObject(entry);
            }
        }
    }

    private static async Task WriteHistoryAsync(
        IContainerRuntime runtime, ImageIdentity identity, IPipelineSink sink, CancellationToken cancellationToken)
    {
        foreach (var key in await RuntimeImages.KeysAsync(runtime, identity, cancellationToken))
        {
            foreach (var entry in await runtime.GetImageHistoryAsync(key, cancellationToken))
            {
                await sink.WriteObjectAsync(entry);
            }
        }
    }

    private IReadOnlyList<ImageHistoryEntry> GetHistory(ImageIdentity identity)
    {
        var engine = ZLayerSession.Current.GetEngine(identity.Root ?? FullRoot);
        try
        {
            return [.. ImageSelection.NamesOf(this, engine, identity).SelectMany(name => engine.Images.GetHistory(name, Platform))];
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            WriteError(ErrorMapper.ToErrorRecord(exception, identity.Text));
            return [];
        }
    }
}
