namespace ZLayer.Core.Tests;

/// <summary>Operations that are to wait for something that does not come.</summary>
internal static class Waiting
{
    // Long enough to get there; an operation that does not wait has ended by then.
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(200);

    /// <summary>Lets an operation get to where it waits, and makes sure that it does: to cancel one that has not begun shows nothing.</summary>
    public static async Task RequireAsync(Task operation)
    {
        await Task.Delay(Delay);
        Assert.False(operation.IsCompleted, $"It does not wait: {operation.Status} {operation.Exception?.InnerException}");
    }

    /// <summary>Waits for what comes soon.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        for (var waited = 0; !condition(); waited += 20)
        {
            Assert.True(waited < 20_000, "It does not come.");
            await Task.Delay(20);
        }
    }
}
