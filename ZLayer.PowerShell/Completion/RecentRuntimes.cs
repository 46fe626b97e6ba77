using System.Runtime.CompilerServices;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Completion;

/// <summary>What is known of the runtimes, kept for some seconds.</summary>
internal static class RecentRuntimes
{
    private const long KeptMilliseconds = 5000;

    // Within the time that a completion waits: a runtime that does not answer is offered by its name alone.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(150);

    private static readonly ConditionalWeakTable<RuntimeSet, Listing> Listings = [];

    /// <summary>A function that describes the runtimes of a set.</summary>
    public static Func<IReadOnlyList<RuntimeInfo>> Of(RuntimeSet runtimes)
        => () =>
        {
            if (!Listings.TryGetValue(runtimes, out var known) || Environment.TickCount64 - known.Time > KeptMilliseconds)
            {
                known = new Listing(Environment.TickCount64, [.. runtimes.Names.AsParallel().AsOrdered().Select(name => Describe(runtimes, name))]);
                Listings.AddOrUpdate(runtimes, known);
            }

            return known.Runtimes;
        };

    private static RuntimeInfo Describe(RuntimeSet runtimes, string name)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            return runtimes.Get(name).DescribeAsync(detailed: false, patience.Token).WaitAsync(patience.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return new RuntimeInfo { Name = name, Kind = "", IsAvailable = false, Reason = "It has not answered yet." };
        }
    }

    private sealed record Listing(long Time, IReadOnlyList<RuntimeInfo> Runtimes);
}
