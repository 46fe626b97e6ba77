using System.Runtime.CompilerServices;
using ZLayer.Core;
using ZLayer.Core.Images;

namespace ZLayer.PowerShell.Completion;

/// <summary>Lists of images, kept for some seconds so that completing again and again does not read the store each time.</summary>
internal static class RecentImages
{
    private const long KeptMilliseconds = 5000;

    private static readonly ConditionalWeakTable<ZLayerEngine, Listing> Listings = [];

    /// <summary>A function that gives the list of an engine's images.</summary>
    public static Func<IReadOnlyList<ImageInfo>> Of(ZLayerEngine engine)
        => () =>
        {
            if (Listings.TryGetValue(engine, out var known) && Environment.TickCount64 - known.Time < KeptMilliseconds)
            {
                return known.Images;
            }

            var images = engine.Images.List();
            Listings.AddOrUpdate(engine, new Listing(Environment.TickCount64, images));
            return images;
        };

    private sealed record Listing(long Time, IReadOnlyList<ImageInfo> Images);
}
