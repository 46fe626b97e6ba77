using System.Diagnostics.CodeAnalysis;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Storage;

/// <summary>
/// Advisory locks between all processes and threads that share a data root: flock(2) on <c>locks/&lt;name&gt;</c>, exclusive or shared.
/// The kernel releases a lock when its process dies. Locks are not recursive: a thread that takes the same lock twice waits for itself.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed class StoreLocks(StoreLayout layout)
{
    /// <summary>The lock that collection holds exclusively, and that everybody shares who says "this exists, I need it".</summary>
    internal const string Collection = "gc";

    private const int FirstPauseMilliseconds = 1;
    private const int LongestPauseMilliseconds = 16;

    /// <summary>Takes a lock, waiting without burning time until whoever holds it lets go.</summary>
    /// <param name="name">A file name: letters, digits, '.', '_', '-'.</param>
    /// <param name="shared">True to hold it together with other shared holders; false to hold it alone.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Disposing it releases the lock.</returns>
    public async Task<IDisposable> AcquireAsync(string name, bool shared, CancellationToken cancellationToken = default)
    {
        for (var pause = FirstPauseMilliseconds; ; pause = NextPause(pause))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryAcquire(name, shared, out var held))
            {
                return held;
            }

            await Task.Delay(pause, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Takes a lock as <see cref="AcquireAsync"/> does, blocking the thread.</summary>
    public IDisposable Acquire(string name, bool shared, CancellationToken cancellationToken = default)
    {
        for (var pause = FirstPauseMilliseconds; ; pause = NextPause(pause))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryAcquire(name, shared, out var held))
            {
                return held;
            }

            cancellationToken.WaitHandle.WaitOne(pause);
        }
    }

    /// <summary>
    /// Takes a lock as <see cref="AcquireAsync"/> does, but in turn: while somebody waits, nobody who comes later gets ahead. Without that,
    /// shared holders that overlap keep out for ever whoever wants the lock alone. Everybody must take such a lock in turn. Whoever holds
    /// it and waits for it once more may wait for itself, also where both are shared.
    /// </summary>
    public async Task<IDisposable> AcquireInTurnAsync(string name, bool shared, CancellationToken cancellationToken = default)
    {
        using var turn = await AcquireAsync(TurnOf(name), shared: false, cancellationToken).ConfigureAwait(false);
        return await AcquireAsync(name, shared, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a lock of <see cref="AcquireInTurnAsync"/> if it is free and nobody waits for it; false when not.</summary>
    public bool TryAcquireInTurn(string name, bool shared, [NotNullWhen(true)] out IDisposable? held)
    {
        held = null;
        if (!TryAcquire(TurnOf(name), shared: false, out var turn))
        {
            return false;
        }

        using (turn)
        {
            return TryAcquire(name, shared, out held);
        }
    }

    /// <summary>Takes a lock if it is free; false when it is not.</summary>
    /// <exception cref="ZLayerException">StorageWriteFailed, StorageFull or AccessDenied when the lock file cannot be made.</exception>
    public bool TryAcquire(string name, bool shared, [NotNullWhen(true)] out IDisposable? held)
    {
        CheckName(name);
        layout.EnsureCreated();
        var path = Path.Combine(layout.Locks, name);
        try
        {
            held = LockHandle.TryTake(path, shared);
            return held is not null;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"lock {name}", path, e);
        }
    }

    // The one who waits holds it; the kernel lets go of it, too, when that process dies.
    private static string TurnOf(string name) => name + "-turn";

    private static int NextPause(int pause) => Math.Min(pause * 2, LongestPauseMilliseconds);

    private static void CheckName(string name)
    {
        if (name.Length is 0 or > 200 || name[0] == '.' || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-'))
        {
            throw new ZLayerException(ZLayerErrorKind.InternalError, $"'{name}' is not a lock name.") { Subject = name };
        }
    }
}
