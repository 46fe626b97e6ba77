using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Storage;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>
/// Removes what nothing uses: images without a name, build cache, extracted layers; in a runtime, containers that have ended.
/// </summary>
/// <remarks>
/// <para>
/// First finds what would go and how much space that frees, unless -Force is given and nobody asked to hear of it; -WhatIf shows a line for
/// each thing and changes no file. Then asks once, unless -Force is given. Of the kinds that are named, and of no other: what only a step
/// of a build needed belongs to BuildCache, extracted or not, and what only an image needed to Image. What cannot be read counts as in use,
/// and a warning says so: nothing is deleted on doubt. Content that a running build, pull or push needs stays.
/// </para>
/// <para>
/// With -Runtime the runtime's own images and containers are cleared. The kinds are Container and Image then; -OlderThan (since the
/// container was made) and -Label choose among containers alone. For Container alone the runtime may also be the one that Use-ZLayerRuntime
/// chose.
/// </para>
/// </remarks>
/// <example>
/// <summary>Remove the containers of the Docker engine that have ended, and images without a name</summary>
/// <code>Clear-ZLayerStorage Container, Image -Runtime docker -Force</code>
/// </example>
/// <example>
/// <summary>Remove the containers of tests that were made a day ago or earlier</summary>
/// <code>Clear-ZLayerStorage Container -Runtime docker -Label purpose=test -OlderThan 1d -Force</code>
/// </example>
/// <example>
/// <summary>See what could go</summary>
/// <code>Clear-ZLayerStorage All -WhatIf</code>
/// </example>
/// <example>
/// <summary>Keep the build cache below a size, in a scheduled script</summary>
/// <code>Clear-ZLayerStorage BuildCache -KeepBytes 10GB -Force</code>
/// </example>
/// <example>
/// <summary>Remove chosen entries of the build cache</summary>
/// <code>Get-ZLayerBuildCache -Type Step | Where-Object Size -gt 1GB | Clear-ZLayerStorage -Force</code>
/// </example>
/// <example>
/// <summary>Remove every image that was not named in the last month</summary>
/// <code>Clear-ZLayerStorage Image -All -OlderThan 30d</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image layout</seealso>
/// <seealso cref="RemoveZLayerImageCommand"/>
/// <seealso cref="GetZLayerBuildCacheCommand"/>
[Cmdlet(VerbsCommon.Clear, "ZLayerStorage", SupportsShouldProcess = true, DefaultParameterSetName = KindSet)]
[OutputType(typeof(PruneResult))]
public sealed class ClearZLayerStorageCommand : ZLayerAsyncCmdlet
{
    private const string KindSet = "Kind";
    private const string EntrySet = "Entry";
    private const int ListedItems = 40;

    private readonly List<BuildCacheIdentity> _entries = [];
    private bool _onlyShows;
    private bool _isHeard;

    /// <summary>What to clear: Image, Container, BuildCache, Layer or All.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = KindSet, HelpMessage = "What to clear: Image, Container, BuildCache, Layer or All.")]
    public ClearableKind[] Kind { get; set; } = [];

    /// <summary>
    /// Entries of the build cache to remove: ids, or objects of Get-ZLayerBuildCache. The data root of a piped object wins over -Root.
    /// </summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true, ParameterSetName = EntrySet, HelpMessage = "Entries of the build cache to remove: ids, or objects of Get-ZLayerBuildCache.")]
    [Alias("InputObject")]
    [BuildCacheIdentity]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(BuildCacheCompleter))]
    public BuildCacheIdentity[] Id { get; set; } = [];

    /// <summary>Also images that have a name, if nothing uses them.</summary>
    [Parameter(ParameterSetName = KindSet, HelpMessage = "Also images that have a name, if nothing uses them.")]
    public SwitchParameter All { get; set; }

    /// <summary>Only what was last used at least this long ago: '7d', '12h', a TimeSpan.</summary>
    [Parameter(ParameterSetName = KindSet, HelpMessage = "Only what was last used at least this long ago: '7d', '12h', a TimeSpan.")]
    [Duration]
    public Period? OlderThan { get; set; }

    /// <summary>Keeps this much of the build cache, the most recently used: 10GB, '512m'.</summary>
    [Parameter(ParameterSetName = KindSet, HelpMessage = "Keeps this much of the build cache, the most recently used: 10GB, '512m'.")]
    [ByteSize]
    public ByteCount? KeepBytes { get; set; }

    /// <summary>Only images, or containers of a runtime, with these labels: 'key', 'key=value', or a hashtable.</summary>
    [Parameter(ParameterSetName = KindSet, HelpMessage = "Only images, or containers of a runtime, with these labels: 'key', 'key=value', or a hashtable.")]
    [LabelFilter]
    [ArgumentCompleter(typeof(LabelCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Label { get; set; } = [];

    /// <summary>Only containers of a runtime without these labels: 'key', 'key=value', or a hashtable.</summary>
    [Parameter(ParameterSetName = KindSet, HelpMessage = "Only containers of a runtime without these labels: 'key', 'key=value', or a hashtable.")]
    [LabelFilter]
    [ArgumentCompleter(typeof(LabelCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] ExcludeLabel { get; set; } = [];

    /// <summary>
    /// The runtime to clear, such as docker, or the address of an engine. Without it ZLayer's own store; for Container alone the runtime
    /// that Use-ZLayerRuntime chose.
    /// </summary>
    [Parameter(ParameterSetName = KindSet, HelpMessage = "The runtime to clear, such as docker.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Runtime { get; set; }

    /// <summary>Does not ask.</summary>
    [Parameter(HelpMessage = "Does not ask.")]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord() => _entries.AddRange(Id);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _onlyShows = Confirmation.IsWhatIf(this);
        _isHeard = !Force || Confirmation.IsHeard(this);
        var session = ZLayerSession.Current;
        if (ParameterSetName == EntrySet)
        {
            // What was piped is cleared together: one question, one result for each kind.
            foreach (var root in _entries.GroupBy(entry => entry.Root ?? FullRoot, entry => entry.Id, StringComparer.Ordinal))
            {
                RunAsync(
                    (sink, cancellationToken) => ClearStoreAsync(
                        session.GetEngine(root.Key), PruneOptions.OfCacheEntries([.. root]), sink, cancellationToken));
            }

            return;
        }

        var engine = session.GetEngine(FullRoot);
        var isOfContainers = Kind.Contains(ClearableKind.Container);
        if (Runtime is not null || (isOfContainers && session.RuntimeName is not null && Kind.All(kind => kind == ClearableKind.Container)))
        {
            RunAsync((sink, cancellationToken) => ClearRuntimeAsync(session.GetRuntime(Runtime, FullRoot), sink, cancellationToken));
            return;
        }

        if (isOfContainers)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.InvalidArgument, "The store holds no containers; a runtime does, and none is named.")
            {
                Advice = "Add -Runtime, such as -Runtime docker. For containers alone Use-ZLayerRuntime can name it too.",
            }));
        }

        RunAsync((sink, cancellationToken) => ClearStoreAsync(engine, Options(Kind), sink, cancellationToken));
    }

    private async Task ClearStoreAsync(ZLayerEngine engine, PruneOptions options, IPipelineSink sink, CancellationToken cancellationToken)
    {
        // To find out what would go takes a look through the whole store, as removing it does.
        if ((_isHeard ? await AgreeAsync(engine, options, sink, cancellationToken) : options) is not { } agreed)
        {
            return;
        }

        foreach (var result in await PruneAsync(engine, agreed, progress: null, sink, cancellationToken))
        {
            if (result.Removed.Count > 0)
            {
                await sink.WriteObjectAsync(result);
            }
        }
    }

    // Shows what would go and asks; null when nothing is to go.
    private async Task<PruneOptions?> AgreeAsync(
        ZLayerEngine engine, PruneOptions options, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var victims = new Victims();
        var plans = await PruneAsync(engine, options with { DryRun = true }, victims, sink, cancellationToken);
        if (_onlyShows)
        {
            await ShowAsync(victims, "", sink);
            return null;
        }

        var agreed = new List<PruneResult>();
        foreach (var plan in plans)
        {
            if (plan.Removed.Count > 0 && await sink.ShouldProcessAsync(Describe(plan), $"Clear {plan.Kind}"))
            {
                agreed.Add(plan);
            }
        }

        if (agreed.Count == 0 || !(Force || await sink.ShouldContinueAsync(Question(agreed), "Clear-ZLayerStorage")))
        {
            return null;
        }

        // Of several kinds some may have been agreed to.
        return options.CacheEntries is null
            ? Options([.. agreed.Select(plan => Enum.Parse<ClearableKind>(plan.Kind.ToString()))])
            : options;
    }

    // One line for each victim, as the cmdlets that remove files have it.
    private static async Task ShowAsync(IEnumerable<PruneProgress> victims, string place, IPipelineSink sink)
    {
        foreach (var victim in victims)
        {
            await sink.ShouldProcessAsync(
                victim.Bytes > 0 ? $"{victim.Name} ({Quantity.Size(victim.Bytes)})" : victim.Name, $"Clear {victim.Kind}{place}");
        }
    }

    // Runtimes prune what they find at that moment; what that will be is found by listing beforehand.
    private async Task ClearRuntimeAsync(IContainerRuntime runtime, IPipelineSink sink, CancellationToken cancellationToken)
    {
        bool Has(ClearableKind kind) => Kind.Contains(kind) || Kind.Contains(ClearableKind.All);
        if (KeepBytes is not null
            || ((OlderThan is not null || Label.Length > 0 || ExcludeLabel.Length > 0) && Has(ClearableKind.Image))
            || Kind.Any(kind => kind is ClearableKind.BuildCache or ClearableKind.Layer))
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"The runtime '{runtime.Name}' clears containers that have ended, by age and label, and images that nothing uses; nothing else can be chosen.")
            {
                Subject = runtime.Name,
                Advice = "Use Clear-ZLayerStorage Container with -OlderThan and -Label, or Container, Image without them; choose single images with Get-ZLayerImage and remove those.",
            };
        }

        var filter = new ContainerPruneFilter
        {
            Until = OlderThan is { } age ? DateTimeOffset.UtcNow - age.Value : null,
            Labels = Label,
            WithoutLabels = ExcludeLabel,
        };
        List<PruneResult> found =
        [
            .. Has(ClearableKind.Container) ? [await PlanContainersAsync(runtime, filter, cancellationToken)] : Array.Empty<PruneResult>(),
            .. Has(ClearableKind.Image) ? [await PlanImagesAsync(runtime, cancellationToken)] : Array.Empty<PruneResult>(),
        ];
        if (_onlyShows)
        {
            await ShowAsync(
                found.SelectMany(plan => plan.Removed.Select(name => new PruneProgress(plan.Kind, name, 0))), $" of {runtime.Name}", sink);
            return;
        }

        var plans = new List<PruneResult>();
        foreach (var plan in found)
        {
            if (plan.Removed.Count > 0 && await sink.ShouldProcessAsync(Describe(plan), $"Clear {plan.Kind} of {runtime.Name}"))
            {
                plans.Add(plan);
            }
        }

        if (plans.Count == 0 || !(Force || await sink.ShouldContinueAsync(Question(plans), "Clear-ZLayerStorage")))
        {
            return;
        }

        foreach (var plan in plans)
        {
            await sink.WriteObjectAsync(plan.Kind == StorageKind.Container
                ? await runtime.PruneContainersAsync(filter, cancellationToken)
                : await runtime.PruneImagesAsync(All, cancellationToken));
        }
    }

    private static async Task<PruneResult> PlanContainersAsync(
        IContainerRuntime runtime, ContainerPruneFilter filter, CancellationToken cancellationToken)
    {
        var ended = await runtime.FindPrunableAsync(filter, cancellationToken);
        return new PruneResult
        {
            Kind = StorageKind.Container,
            Removed = [.. ended.Select(container => $"{container.Name} ({container.Image})")],
            ReclaimedBytes = ended.Sum(container => container.Size ?? 0),
        };
    }

    private async Task<PruneResult> PlanImagesAsync(IContainerRuntime runtime, CancellationToken cancellationToken)
    {
        var unused = await runtime.FindPrunableImagesAsync(All, cancellationToken);
        return new PruneResult
        {
            Kind = StorageKind.Image,
            Removed = [.. unused.Select(RuntimeImages.KeyOf)],
            ReclaimedBytes = unused.DistinctBy(image => image.Id).Sum(image => image.Size),
        };
    }

    private PruneOptions Options(ClearableKind[] kinds)
        => PruneOptions.Of(
            kinds.Contains(ClearableKind.All) ? [] : [.. kinds.Select(kind => Enum.Parse<StorageKind>(kind.ToString()))], All) with
        {
            OlderThan = OlderThan,
            KeepBytes = KeepBytes,
            Labels = Label,
        };

    private static async Task<IReadOnlyList<PruneResult>> PruneAsync(
        ZLayerEngine engine, PruneOptions options, IProgress<PruneProgress>? progress, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var results = await engine.PruneAsync(options, progress, cancellationToken);
        foreach (var warning in results.SelectMany(result => result.Warnings).Distinct(StringComparer.Ordinal))
        {
            await sink.WriteWarningAsync(warning);
        }

        return results;
    }

    private static string Describe(PruneResult plan)
    {
        var lines = plan.Removed.Take(ListedItems).Select(item => "\n  " + item);
        var more = plan.Removed.Count > ListedItems ? $"\n  and {plan.Removed.Count - ListedItems} more" : "";
        return $"{Count(plan)}, {Quantity.Size(plan.ReclaimedBytes)}{string.Concat(lines)}{more}";
    }

    private static string Question(List<PruneResult> plans)
        => $"Delete {string.Join(", ", plans.Where(plan => plan.Removed.Count > 0).Select(Count))}, and reclaim {Quantity.Size(plans.Sum(plan => plan.ReclaimedBytes))}?";

    private static string Count(PruneResult plan)
    {
        var noun = plan.Kind switch
        {
            StorageKind.Image => "image item",
            StorageKind.Container => "container",
            StorageKind.Layer => "extracted layer",
            _ => "build cache item",
        };
        return $"{plan.Removed.Count} {noun}{(plan.Removed.Count == 1 ? "" : "s")}";
    }

    // What a collection would remove, in the order in which it would go.
    private sealed class Victims : List<PruneProgress>, IProgress<PruneProgress>
    {
        public void Report(PruneProgress value) => Add(value);
    }
}
