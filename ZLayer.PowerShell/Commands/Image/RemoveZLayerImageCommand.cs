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
/// <para>
/// A name removes that name alone; content goes when no other name, image or running operation needs it. An id removes the image with all
/// its names, which needs -Force when there are names in several repositories, or when several images have that id, such as one that was
/// built and the same one pulled again. -WhatIf shows the names that would go. Clear-ZLayerStorage removes what nothing uses.
/// </para>
/// <para>
/// The images of the store that one command gets are removed together when the last one has come, in one pass through the store. When the
/// pipeline is stopped before that, none is removed.
/// </para>
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
    private readonly Dictionary<ZLayerEngine, ImageRemovalBatch> _batches = [];
    private bool _isHeard;

    /// <summary>The images: names, ids or image objects; wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The images: names, ids or image objects; wildcards are allowed.")]
    [Alias("Image", "Name", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity(WholeImages = true)]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageIdentity[] Reference { get; set; } = [];

    /// <summary>
    /// Also removes an image with names in several repositories by its id, all images that have the id, and one that a container uses.
    /// </summary>
    [Parameter(HelpMessage = "Also removes an image with names in several repositories by its id, and one that a container uses.")]
    public SwitchParameter Force { get; set; }

    /// <summary>Removes names only and keeps the content until Clear-ZLayerStorage.</summary>
    [Parameter(HelpMessage = "Removes names only and keeps the content until Clear-ZLayerStorage.")]
    public SwitchParameter NoPrune { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _isHeard = Confirmation.IsHeard(this);
    }

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
                Choose(BatchOf(engine), name);
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task EndProcessingAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        foreach (var batch in _batches.Values)
        {
            var (removals, failures) = (new List<ImageRemoval>(), new List<ErrorRecord>());
            try
            {
                batch.Remove(removals.Add, (name, error) => failures.Add(ErrorMapper.ToErrorRecord(error, name)), cancellationToken);
            }
            catch (Exception exception) when (ErrorMapper.IsFailure(exception))
            {
                failures.Add(ErrorMapper.ToErrorRecord(exception));
            }

            foreach (var removal in removals)
            {
                await ReportAsync(removal, sink);
            }

            foreach (var failure in failures)
            {
                await sink.WriteErrorAsync(failure);
            }
        }
    }

    private async Task RemoveAsync(
        IContainerRuntime runtime, ImageIdentity identity, IPipelineSink sink, CancellationToken cancellationToken)
    {
        if (NoPrune)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"The runtime '{runtime.Name}' deletes an image with its last name; -NoPrune is for the store.")
            {
                Subject = identity.Text,
            };
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
                    await sink.WriteVerboseAsync(
                        $"Untagged {string.Join(", ", removal.Untagged)}; deleted {removal.Deleted.Count} layers and images.");
                }
            });
        }
    }

    private ImageRemovalBatch BatchOf(ZLayerEngine engine)
    {
        if (!_batches.TryGetValue(engine, out var batch))
        {
            _batches.Add(engine, batch = engine.Images.StartRemoval(new ImageRemovalOptions { Force = Force, NoPrune = NoPrune }));
        }

        return batch;
    }

    // What would go takes a look at all names, and the removal takes one of its own: half of its time.
    private void Choose(ImageRemovalBatch batch, string name)
    {
        try
        {
            if (!_isHeard)
            {
                batch.Accept(name);
                return;
            }

            // A name that is not there, or an id of several images, is an error even under -WhatIf.
            var plan = batch.Plan(name);
            if (ShouldProcess(Describe(plan), plan.Images.All(one => one.Deleted.Count == 0) ? "Remove name" : "Remove image"))
            {
                batch.Accept(plan);
            }
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            WriteError(ErrorMapper.ToErrorRecord(exception, name));
        }
    }

    // What was written, and what that means where it is more than one name.
    private static string Describe(PlannedRemoval plan)
    {
        List<string> gone = [.. plan.Images.SelectMany(one => one.Untagged)];
        return gone.Count == 0 || (gone is [var only] && plan.NameOrId.EndsWith(only, StringComparison.Ordinal))
            ? plan.NameOrId
            : $"{plan.NameOrId}: {string.Join(", ", gone)}";
    }

    private static async Task ReportAsync(ImageRemoval removal, IPipelineSink sink)
    {
        foreach (var untagged in removal.Untagged)
        {
            await sink.WriteVerboseAsync($"Untagged {untagged}.");
        }

        if (removal.Deleted.Count > 0)
        {
            await sink.WriteVerboseAsync(
                $"Deleted {removal.Deleted.Count} blobs, {Quantity.Size(removal.ReclaimedBytes)}: {string.Join(", ", removal.Deleted)}.");
        }
    }
}
