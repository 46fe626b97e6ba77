using System.Runtime.CompilerServices;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Completion;

/// <summary>Lists of containers, kept for some seconds so that completing again and again does not ask the runtime each time.</summary>
internal static class RecentContainers
{
    private const long KeptMilliseconds = 5000;

    // Longer than a completion waits: what comes too late for this one is there for the next.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly ConditionalWeakTable<IContainerRuntime, Listing> Listings = [];

    /// <summary>A function that gives the list of a runtime's containers.</summary>
    public static Func<IReadOnlyList<ContainerInfo>> Of(IContainerRuntime runtime)
        => () =>
        {
            if (Listings.TryGetValue(runtime, out var known) && Environment.TickCount64 - known.Time < KeptMilliseconds)
            {
                return known.Containers;
            }

            using var patience = new CancellationTokenSource(Patience);
            var containers = runtime.ListContainersAsync(ContainerFilter.None, patience.Token).GetAwaiter().GetResult();
            Listings.AddOrUpdate(runtime, new Listing(Environment.TickCount64, containers));
            return containers;
        };

    private sealed record Listing(long Time, IReadOnlyList<ContainerInfo> Containers);
}
