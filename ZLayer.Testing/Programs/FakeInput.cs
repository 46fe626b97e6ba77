namespace ZLayer.Testing;

/// <summary>The input of a process: bytes that were sent and not read yet.</summary>
internal sealed class FakeInput
{
    private readonly LinkedList<byte[]> _pending = new();
    private Action? _arrived;

    public bool IsClosed { get; private set; }

    public static FakeInput Closed() => new() { IsClosed = true };

    public static FakeInput Of(byte[] bytes)
    {
        var input = Closed();
        input.PutBack(bytes);
        return input;
    }

    public void Write(byte[] bytes)
    {
        if (!IsClosed && bytes.Length > 0)
        {
            _pending.AddLast(bytes);
            Tell();
        }
    }

    public void Close()
    {
        IsClosed = true;
        Tell();
    }

    /// <summary>Takes what has arrived: null for nothing yet, empty for the end.</summary>
    public byte[]? Take()
    {
        if (_pending.First is not { } first)
        {
            return IsClosed ? [] : null;
        }

        _pending.RemoveFirst();
        return first.Value;
    }

    /// <summary>Leaves bytes for the next reader.</summary>
    public void PutBack(byte[] bytes)
    {
        if (bytes.Length > 0)
        {
            _pending.AddFirst(bytes);
        }
    }

    /// <summary>Calls once when something arrives; null forgets it.</summary>
    public void WhenArrived(Action? call) => _arrived = call;

    private void Tell()
    {
        var call = _arrived;
        _arrived = null;
        call?.Invoke();
    }
}
