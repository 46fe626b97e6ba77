using System.Management.Automation;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Searches a registry for images.</summary>
/// <remarks>
/// <para>
/// The runtime asks: Docker Hub, or the registry of -Registry where that offers a search. There is no limit to set: Select-Object -First
/// takes as many as are wanted.
/// </para>
/// </remarks>
/// <example>
/// <summary>Find the official image of a product</summary>
/// <code>Find-ZLayerImage nginx -OfficialOnly</code>
/// </example>
/// <example>
/// <summary>Find what many people starred</summary>
/// <code>Find-ZLayerImage postgres -MinimumStarCount 100 | Sort-Object StarCount -Descending</code>
/// </example>
/// <seealso href="https://docs.docker.com/reference/cli/docker/search/">docker search</seealso>
/// <seealso cref="ReceiveZLayerImageCommand"/>
[Cmdlet(VerbsCommon.Find, "ZLayerImage")]
[OutputType(typeof(ImageSearchResult))]
public sealed class FindZLayerImageCommand : RuntimeCmdlet
{
    /// <summary>What is looked for: a word, or a part of a name.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "What is looked for: a word, or a part of a name.")]
    [Alias("Name", "Term")]
    [ValidateNotNullOrEmpty]
    [TextOf("a word, or a part of an image's name")]
    public string[] Query { get; set; } = [];

    /// <summary>The registry to search; without it Docker Hub.</summary>
    [Parameter(HelpMessage = "The registry to search; without it Docker Hub.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    public string? Registry { get; set; }

    /// <summary>Only images that at least so many people starred.</summary>
    [Parameter(HelpMessage = "Only images that at least so many people starred.")]
    [ValidateRange(0, int.MaxValue)]
    public int MinimumStarCount { get; set; }

    /// <summary>Only the registry's official images.</summary>
    [Parameter(HelpMessage = "Only the registry's official images.")]
    public SwitchParameter OfficialOnly { get; set; }

    /// <inheritdoc/>
    protected override async Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        foreach (var query in Query)
        {
            await RuntimeImages.GuardAsync(sink, query, async () =>
            {
                var term = Registry is null or "docker.io" ? query : $"{Registry}/{query}";
                foreach (var found in await Runtimes.Default.SearchImagesAsync(term, 0, cancellationToken))
                {
                    if (found.StarCount >= MinimumStarCount && (found.IsOfficial || !OfficialOnly))
                    {
                        await sink.WriteObjectAsync(found);
                    }
                }
            });
        }
    }
}
