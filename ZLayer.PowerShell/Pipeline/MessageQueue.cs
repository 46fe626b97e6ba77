using System.Management.Automation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>Something that the pipeline thread writes.</summary>
/// <param name="Write">Writes it.</param>
/// <param name="Value">What <paramref name="Write"/> is called with.</param>
/// <param name="Count">How many objects it writes.</param>
internal readonly record struct PipelineMessage(Action<Cmdlet, object?> Write, object? Value, int Count = 1);

/// <summary>
/// The messages between the asynchronous part of a cmdlet and the pipeline thread, in order, and limited in the number of their objects.
/// The reader takes all that there are at once, and only then writers that found no room go on: the threads wake each other once for many
/// messages, since waking costs more than a message.
/// </summary>
internal sealed class MessageQueue(int capacity, WakeSignal added)
{
    private readonly Lock _gate = new();
    private List<PipelineMessage> _messages = [];
    private List<PipelineMessage> _taken = [];
    private int _count;
    private TaskCompletionSource? _room;
    private bool _closed;

    /// <summary>Whether nothing is there to take.</summary>
    public bool IsEmpty
    {
        get
        {
            lock (_gate)
            {
                return _messages.Count == 0;
            }
        }
    }

    /// <summary>Adds a message if there is room.</summary>
    /// <returns>Null when it was added; else what ends when there is room to try again, at the latest when the queue is closed.</returns>
    /// <exception cref="OperationCanceledException">The queue is closed.</exception>
    public Task? TryAdd(PipelineMessage message)
    {
        bool isFirst;
        lock (_gate)
        {
            if (_closed)
            {
                throw new OperationCanceledException("The pipeline has ended.");
            }

            if (_count >= capacity || _room is not null)
            {
                return (_room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            isFirst = _messages.Count == 0;
            _messages.Add(message);
            _count += message.Count;
        }

        if (isFirst)
        {
            added.Set();
        }

        return null;
    }

    /// <summary>Takes all messages. For one reader; the list is used again by the next call.</summary>
    public IReadOnlyList<PipelineMessage> TakeAll()
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            _taken.Clear();
            (_messages, _taken) = (_taken, _messages);
            _count = 0;
            (room, _room) = (_room, null);
        }

        room?.TrySetResult();
        return _taken;
    }

    /// <summary>Ends it: what is in it may still be taken, nothing can be added.</summary>
    public void Close()
    {
        TaskCompletionSource? room;
        lock (_gate)
        {
            _closed = true;
            (room, _room) = (_room, null);
        }

        room?.TrySetResult();
    }
}
