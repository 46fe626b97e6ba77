using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Removes names of images, and with the last name the image.</summary>
/// <remarks>
/// <para>A name removes that name alone; content goes when no other name, image or running operation needs it. An id removes the image with all its names, which needs -Force when there are names in several repositories, or when several images have that id, such as one that was built and the same one pulled again. -WhatIf shows the names that would go. Clear-ZLayerStorage removes what nothing uses.</para>
/// </remarks>
/// <example>
/// <summary>Remove one name</summary>
/// <code>Remove-ZLayerImage app:1.0</code>
/// </example>
/// <example>
/// <summary>See what a pattern would remove</summary>
/// <code>Remove-ZLayerImage 'localhost:5000/*' -WhatIf</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/spec.md">OCI image specification</seealso>
/// <seealso cref="ClearZLayerStorageCommand"/>
/// <seealso cref="GetZLayerImageCommand"/>
[Cmdlet(VerbsCommon.Remove, "ZLayerImage", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class RemoveZLayerImageCommand : ImageCmdlet
{
    /// <summary>The images: names, ids or image objects; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The images: names, ids or image objects; wildcards are allowed.")]
    [Alias("Image", "Name", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity[] Reference { get; set; } = [];

    /// <summary>Also removes an image with names in several repositories by its id, all images that have the id, and one that a container uses.</summary>
    [Parameter(HelpMessage = "Also removes an image with names in several repositories by its id, and one that a container uses.")]
    public SwitchParameter Force { get; set; }

    /// <summary>Removes names only and keeps the content until Clear-ZLayerStorage.</summary>
    [Parameter(HelpMessage = "Removes names only and keeps the content until Clear-ZLayerStorage.")]
    public SwitchParameter NoPrune { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var identity in Reference)
        {
            if (RunOnRuntime(identity, (runtime, sink, cancellationToken) => RemoveAsync(runtime, identity, sink, cancellationToken)))
            {
                continue;
            }

            var engine = ZLayerSession.Current.GetEngine(identity.Root ?? FullRoot);
            foreach (var name in ImageSelection.NamesOf(this, engine, identity))
            {
                // A name that is not there, or an id of several images, is an error even under -WhatIf.
                if (Plan(engine, name) is { } plan && ShouldProcess(Describe(name, plan), plan.All(one => one.Deleted.Count == 0) ? "Remove name" : "Remove image"))
                {
                    Remove(engine, name);
                }
            }
        }
    }

    private async Task RemoveAsync(IContainerRuntime runtime, ImageIdentity identity, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (NoPrune)
        {
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"The runtime '{runtime.Name}' deletes an image with its last name; -NoPrune is for the store.") { Subject = identity.Text };
        }

        foreach (var key in await RuntimeImages.KeysAsync(runtime, identity, cancellationToken))
        {
            await RuntimeImages.GuardAsync(sink, key, async () =>
            {
                // A name that is not there is an error even under -WhatIf.
                _ = await runtime.InspectImageAsync(key, cancellationToken);
                if (await sink.ShouldProcessAsync($"{key} in {runtime.Name}", "Remove image"))
                {
                    var removal = await runtime.RemoveImageAsync(key, Force, cancellationToken);
                    await sink.WriteVerboseAsync($"Untagged {string.Join(", ", removal.Untagged)}; deleted {removal.Deleted.Count} layers and images.");
                }
            });
        }
    }

    private IReadOnlyList<ImageRemoval>? Plan(ZLayerEngine engine, string name)
    {
        try
        {
            return engine.Images.PlanRemoval(name, new ImageRemovalOptions { Force = Force, NoPrune = NoPrune });
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            WriteError(ErrorMapper.ToErrorRecord(exception, name));
            return null;
        }
    }

    // What was written, and what that means where it is more than one name.
    private static string Describe(string name, IReadOnlyList<ImageRemoval> plan)
    {
        List<string> gone = [.. plan.SelectMany(one => one.Untagged)];
        return gone.Count == 0 || (gone is [var only] && name.EndsWith(only, StringComparison.Ordinal)) ? name : $"{name}: {string.Join(", ", gone)}";
    }

    private void Remove(ZLayerEngine engine, string name)
        => RunAsync(async (sink, cancellationToken) =>
        {
            try
            {
                var removals = new List<ImageRemoval>();
                engine.Images.Remove([name], new ImageRemovalOptions { Force = Force, NoPrune = NoPrune }, removals.Add, cancellationToken);
                foreach (var removal in removals)
                {
                    await ReportAsync(removal, sink);
                }
            }
            catch (Exception exception) when (ErrorMapper.IsFailure(exception))
            {
                await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(exception, name));
            }
        });

    private static async Task ReportAsync(ImageRemoval removal, IPipelineSink sink)
    {
        foreach (var untagged in removal.Untagged)
        {
            await sink.WriteVerboseAsync($"Untagged {untagged}.");
        }

        if (removal.Deleted.Count > 0)
        {
            await sink.WriteVerboseAsync($"Deleted {removal.Deleted.Count} blobs, {Quantity.Size(removal.ReclaimedBytes)}: {string.Join(", ", removal.Deleted)}.");
        }
    }
}
