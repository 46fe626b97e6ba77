using System.Buffers;

namespace ZLayer.Core.Terminals;

/// <summary>
/// Finds the detach keys in what is typed, however it arrives in pieces. The beginning of a sequence is held back until the next byte tells
/// whether it was one; if not, it is let through.
/// </summary>
/// <param name="keys">What to look for.</param>
internal sealed class DetachKeyMatcher(DetachKeys keys)
{
    private readonly byte[] _sequence = keys.Sequence.ToArray();
    private int _matched;

    /// <summary>Takes the next piece of input.</summary>
    /// <param name="input">What was typed.</param>
    /// <param name="forward">Receives what goes on to the container.</param>
    /// <returns>True when the sequence is complete; what follows it is dropped.</returns>
    public bool Take(ReadOnlySpan<byte> input, IBufferWriter<byte> forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        foreach (var key in input)
        {
            while (_matched > 0 && key != _sequence[_matched])
            {
                GiveUpOne(forward);
            }

            if (key != _sequence[_matched])
            {
                forward.Write([key]);
            }
            else if (++_matched == _sequence.Length)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Lets through what is held back, because no more input comes.</summary>
    public void Flush(IBufferWriter<byte> forward)
    {
        ArgumentNullException.ThrowIfNull(forward);
        forward.Write(_sequence.AsSpan(0, _matched));
        _matched = 0;
    }

    // What is held back may contain the beginning of the sequence a second time: a,a,b in "aaab".
    private void GiveUpOne(IBufferWriter<byte> forward)
    {
        var held = _sequence.AsSpan(0, _matched);
        var drop = 1;
        while (drop < held.Length && !_sequence.AsSpan().StartsWith(held[drop..]))
        {
            drop++;
        }

        forward.Write(held[..drop]);
        _matched -= drop;
    }
}
