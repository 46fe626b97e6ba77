namespace ZLayer.Core.Terminals;

/// <summary>
/// The standard input of the process. Unlike the console streams, a reading can be ended from outside and then takes nothing: what is typed
/// afterwards belongs to whoever reads next, and no thread stays behind.
/// </summary>
public abstract class LocalInput : IDisposable
{
    /// <summary>Waits for input and takes what is there.</summary>
    /// <returns>How many bytes; 0 at the end, and after <see cref="Cancel"/>.</returns>
    /// <exception cref="IOException">The input cannot be read.</exception>
    public abstract int Read(Span<byte> buffer);

    /// <summary>Ends a waiting <see cref="Read"/> and all later ones.</summary>
    public abstract void Cancel();

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what <see cref="Cancel"/> needs.</summary>
    /// <param name="disposing">True unless called by the finalizer.</param>
    protected virtual void Dispose(bool disposing)
    {
    }
}
