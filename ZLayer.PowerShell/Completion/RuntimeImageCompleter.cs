using System.Collections;
using System.Runtime.CompilerServices;
using ZLayer.Core.Images;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>Names of the images that the runtime holds; <c>:latest</c> once a colon is typed.</summary>
public sealed class RuntimeImageCompleter : Completer
{
    private const long KeptMilliseconds = 5000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly ConditionalWeakTable<IContainerRuntime, Listing> Listings = [];

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var runtime = ZLayerSession.Current.GetRuntime(Bound(bound, "Runtime"), Bound(bound, "Root") is { } root ? FullPath(root) : null);
        return () => Of(runtime, word);
    }

    /// <summary>The names of the images of a runtime.</summary>
    internal static IEnumerable<Candidate> Of(IContainerRuntime runtime, string word)
        => Images(runtime).Where(image => image.Reference is not null).Select(image => new Candidate(NameOf(image, word), $"{image}, {Quantity.Size(image.Size)}, {Quantity.Age(image.Created)}"));

    private static string NameOf(ImageInfo image, string word)
        => image.Reference!.Tag == "latest" && !word.Contains(':', StringComparison.Ordinal) ? image.Reference.FamiliarName : image.Reference.ToFamiliarString();

    private static IReadOnlyList<ImageInfo> Images(IContainerRuntime runtime)
    {
        if (Listings.TryGetValue(runtime, out var known) && Environment.TickCount64 - known.Time < KeptMilliseconds)
        {
            return known.Images;
        }

        using var patience = new CancellationTokenSource(Patience);
        var images = runtime.ListImagesAsync(patience.Token).GetAwaiter().GetResult();
        Listings.AddOrUpdate(runtime, new Listing(Environment.TickCount64, images));
        return images;
    }

    private sealed record Listing(long Time, IReadOnlyList<ImageInfo> Images);
}
