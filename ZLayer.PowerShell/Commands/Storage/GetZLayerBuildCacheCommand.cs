using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Storage;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>
/// Lists what the build cache keeps: the results of steps, cache mounts, downloads and other sources.
/// </summary>
/// <remarks>
/// <para>
/// The most recently used come first. What has IsShared is a part of an image too, so that removing it frees no space. What has InUse is
/// needed by something that runs now, such as a build.
/// </para>
/// <para>Pipe entries to Clear-ZLayerStorage to remove them.</para>
/// </remarks>
/// <example>
/// <summary>See what takes most of the build cache</summary>
/// <code>Get-ZLayerBuildCache | Sort-Object Size -Descending | Select-Object -First 10</code>
/// </example>
/// <example>
/// <summary>Remove the cache mounts that no build used for a week</summary>
/// <code>Get-ZLayerBuildCache -Type Mount -Unused | Where-Object LastUsed -LT (Get-Date).AddDays(-7) | Clear-ZLayerStorage -Force</code>
/// </example>
/// <seealso href="https://docs.docker.com/build/cache/">How build caches work</seealso>
/// <seealso cref="ClearZLayerStorageCommand"/>
/// <seealso cref="GetZLayerStorageCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerBuildCache")]
[OutputType(typeof(BuildCacheEntry))]
public sealed class GetZLayerBuildCacheCommand : ZLayerAsyncCmdlet
{
    private const int ShortestId = 4;

    /// <summary>The ids, or the beginnings of them from four characters on, with wildcards; all without it.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, HelpMessage = "The ids, or the beginnings of them, with wildcards; all without it.")]
    [TextOf("an id of the build cache, or an object of Get-ZLayerBuildCache", typeof(BuildCacheEntry), Property = "Id")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(BuildCacheCompleter))]
    public string[] Id { get; set; } = ["*"];

    /// <summary>Only entries of these types: Step, Mount, Source.</summary>
    [Parameter(HelpMessage = "Only entries of these types: Step, Mount, Source.")]
    public BuildCacheType[] Type { get; set; } = [];

    /// <summary>Only entries that nothing uses now.</summary>
    [Parameter(HelpMessage = "Only entries that nothing uses now.")]
    public SwitchParameter Unused { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        RunAsync(async (sink, _) =>
        {
            var entries = engine.GetBuildCache();
            foreach (var id in Id)
            {
                var found = entries.Where(entry => IsMeant(entry, id)).ToList();
                if (found.Count == 0 && !WildcardPattern.ContainsWildcardCharacters(id))
                {
                    await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(NotFound(id), id));
                }

                foreach (var entry in found.Where(entry => (Type.Length == 0 || Type.Contains(entry.Type)) && !(Unused && entry.InUse)))
                {
                    await sink.WriteObjectAsync(entry);
                }
            }
        });
    }

    private static bool IsMeant(BuildCacheEntry entry, string id)
        => WildcardPattern.ContainsWildcardCharacters(id) ? WildcardPattern.Get(id, WildcardOptions.IgnoreCase).IsMatch(entry.Id)
            : entry.Id.Equals(id, StringComparison.OrdinalIgnoreCase)
                || (id.Length >= ShortestId && entry.Id.StartsWith(id, StringComparison.OrdinalIgnoreCase));

    private static ZLayerException NotFound(string id)
        => new(ZLayerErrorKind.PathNotFound, $"The build cache has no entry '{id}'.")
        {
            Subject = id,
            Advice = "Get-ZLayerBuildCache lists the entries; the beginning of an id needs four characters at least.",
        };
}
