using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>
/// Lets one push or copy after the other send a blob to a repository, so that several tags of an image send it once: the second finds it
/// there. Sent twice at the same time, a registry may write the second copy's link while it looks for the first's, and refuse the manifest
/// (blob unknown). Safe for concurrent use.
/// </summary>
internal sealed class BlobTurns
{
    private readonly Dictionary<(string Repository, Digest Blob), Turn> _turns = [];
    private readonly HashSet<(string Repository, Digest Blob)> _ended = [];

    /// <summary>Waits for the turn; disposing of the result gives it to the next.</summary>
    public async Task<IDisposable> WaitAsync(ImageReference repository, Digest blob, CancellationToken cancellationToken)
    {
        var key = (repository.Name, blob);
        Turn? turn;
        lock (_turns)
        {
            if (!_turns.TryGetValue(key, out turn))
            {
                _turns.Add(key, turn = new Turn());
            }

            turn.Wanted++;
        }

        try
        {
            await turn.Free.WaitAsync(cancellationToken).ConfigureAwait(false);
            return new Taken(this, key, turn);
        }
        catch
        {
            Leave(key, turn);
            throw;
        }
    }

    /// <summary>Whether somebody had a turn with the blob before, and it is likely to be there.</summary>
    public bool WasTaken(ImageReference repository, Digest blob)
    {
        lock (_turns)
        {
            return _ended.Contains((repository.Name, blob));
        }
    }

    private void Leave((string Repository, Digest Blob) key, Turn turn)
    {
        lock (_turns)
        {
            if (--turn.Wanted == 0)
            {
                _turns.Remove(key);
                turn.Free.Dispose();
            }
        }
    }

    private sealed class Turn
    {
        public SemaphoreSlim Free { get; } = new(1, 1);

        public int Wanted { get; set; }
    }

    private sealed class Taken(BlobTurns turns, (string Repository, Digest Blob) key, Turn turn) : IDisposable
    {
        public void Dispose()
        {
            lock (turns._turns)
            {
                turns._ended.Add(key);
            }

            turn.Free.Release();
            turns.Leave(key, turn);
        }
    }
}
