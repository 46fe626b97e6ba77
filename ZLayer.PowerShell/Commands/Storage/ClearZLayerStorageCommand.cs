using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Storage;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Removes what nothing uses: images without a name, build cache, extracted layers.</summary>
/// <remarks>
/// <para>First finds what would go and how much space that frees; -WhatIf lists it. Then asks once, unless -Force is given. What cannot be read counts as in use, and a warning says so: nothing is deleted on doubt. Content that a running build, pull or push needs stays.</para>
/// </remarks>
/// <example>
/// <summary>See what could go</summary>
/// <code>Clear-ZLayerStorage All -WhatIf</code>
/// </example>
/// <example>
/// <summary>Keep the build cache below a size, in a scheduled script</summary>
/// <code>Clear-ZLayerStorage BuildCache -KeepBytes 10GB -Force</code>
/// </example>
/// <example>
/// <summary>Remove every image that was not named in the last month</summary>
/// <code>Clear-ZLayerStorage Image -All -OlderThan 30d</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-layout.md">OCI image layout</seealso>
/// <seealso cref="RemoveZLayerImageCommand"/>
[Cmdlet(VerbsCommon.Clear, "ZLayerStorage", SupportsShouldProcess = true)]
[OutputType(typeof(PruneResult))]
public sealed class ClearZLayerStorageCommand : ZLayerAsyncCmdlet
{
    private const int ListedItems = 40;

    /// <summary>What to clear: Image, Container, BuildCache, Layer or All.</summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "What to clear: Image, Container, BuildCache, Layer or All.")]
    public ClearableKind[] Kind { get; set; } = [];

    /// <summary>Also images that have a name, if nothing uses them; and all compressed pieces of layers.</summary>
    [Parameter(HelpMessage = "Also images that have a name, if nothing uses them.")]
    public SwitchParameter All { get; set; }

    /// <summary>Only what was last used at least this long ago: '7d', '12h', a TimeSpan.</summary>
    [Parameter(HelpMessage = "Only what was last used at least this long ago: '7d', '12h', a TimeSpan.")]
    [Duration]
    public TimeSpan? OlderThan { get; set; }

    /// <summary>Keeps this much of the build cache, the most recently used: 10GB, '512m'.</summary>
    [Parameter(HelpMessage = "Keeps this much of the build cache, the most recently used: 10GB, '512m'.")]
    [ByteSize]
    public long? KeepBytes { get; set; }

    /// <summary>Only images with these labels: 'key', 'key=value', or a hashtable.</summary>
    [Parameter(HelpMessage = "Only images with these labels: 'key', 'key=value', or a hashtable.")]
    [LabelFilter]
    [ValidateNotNullOrEmpty]
    public string[] Label { get; set; } = [];

    /// <summary>Does not ask.</summary>
    [Parameter(HelpMessage = "Does not ask.")]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        var agreed = new List<PruneResult>();
        RunAsync(async (sink, cancellationToken) =>
        {
            foreach (var plan in await PruneAsync(engine, Options(Kind, dryRun: true), sink, cancellationToken))
            {
                if (await sink.ShouldProcessAsync(Describe(plan), $"Clear {plan.Kind}"))
                {
                    agreed.Add(plan);
                }
            }

            if (agreed.Sum(plan => plan.Removed.Count) == 0
                || !(Force || await sink.ShouldContinueAsync(Question(agreed), "Clear-ZLayerStorage")))
            {
                return;
            }

            var kinds = agreed.Select(plan => Enum.Parse<ClearableKind>(plan.Kind.ToString())).ToArray();
            foreach (var result in await PruneAsync(engine, Options(kinds, dryRun: false), sink, cancellationToken))
            {
                await sink.WriteObjectAsync(result);
            }
        });
    }

    private PruneOptions Options(ClearableKind[] kinds, bool dryRun)
    {
        bool Has(ClearableKind kind) => kinds.Contains(kind) || kinds.Contains(ClearableKind.All);
        return new PruneOptions
        {
            Images = !Has(ClearableKind.Image) ? ImagePruning.None : All ? ImagePruning.All : ImagePruning.Dangling,
            BuildCache = Has(ClearableKind.BuildCache),
            Layers = Has(ClearableKind.Layer),
            Pieces = Has(ClearableKind.BuildCache) && All,
            OlderThan = OlderThan,
            KeepBytes = KeepBytes,
            Labels = Label,
            DryRun = dryRun,
        };
    }

    private static async Task<IReadOnlyList<PruneResult>> PruneAsync(
        ZLayerEngine engine, PruneOptions options, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var results = await engine.PruneAsync(options, cancellationToken);
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
}
