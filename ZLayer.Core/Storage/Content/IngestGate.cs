using ZLayer.Core.Foundation.Files;

namespace ZLayer.Core.Storage;

/// <summary>
/// The gate of <c>ingest/</c>. Between making a file there and locking it there is an instant in which it looks like what a dead process
/// left. Whoever makes one stands in the gate until it is locked or has its place; whoever clears up waits until nobody does. No age of a
/// file is needed then, and so no clock.
/// </summary>
internal static class IngestGate
{
    private const int FirstPauseMilliseconds = 1;
    private const int LongestPauseMilliseconds = 16;

    /// <summary>Stands in the gate, together with others.</summary>
    public static IDisposable? Enter(StoreLayout layout) => Take(layout, shared: true);

    /// <summary>Waits until nobody stands in the gate and keeps it shut.</summary>
    public static IDisposable? Shut(StoreLayout layout) => Take(layout, shared: false);

    // Elsewhere leftovers are not told from living files at all, and never removed.
    private static IDisposable? Take(StoreLayout layout, bool shared)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var gate = FileHandles.OpenFile(layout.Ingest, FileHandles.ReadOnly);
        try
        {
            for (var pause = FirstPauseMilliseconds; !FileHandles.TryLock(gate, shared, layout.Ingest); pause = Math.Min(
                pause * 2, LongestPauseMilliseconds))
            {
                Thread.Sleep(pause);
            }

            return gate;
        }
        catch
        {
            gate.Dispose();
            throw;
        }
    }
}
