using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Runtimes;

namespace ZLayer.Testing;

/// <summary>
/// What a fake runtime holds: images, containers, events, its clock. Runtimes that are given the same state show the same containers.
/// It lives in memory, as long as somebody keeps it.
/// </summary>
public sealed class FakeRuntimeState
{
    // So much may happen for one who waits before each step takes a little real time: what never ends must not take a whole CPU.
    private const int FreeSteps = 1000;

    private readonly object _gate = new();
    private TaskCompletionSource _change = NewChange();
    private int _ids;

    /// <summary>The moment at which the clock of every fake runtime starts.</summary>
    public static DateTimeOffset Epoch { get; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    internal FakeClock Clock { get; } = new(Epoch);

    internal List<FakeImage> Images { get; } = [];

    internal List<FakeContainer> Containers { get; } = [];

    internal List<ZLayerEvent> Events { get; } = [];

    internal int Pids { get; set; } = 1000;

    internal int Numbers { get; set; }

    internal ushort NextPort { get; set; } = 32768;

    /// <summary>An id: the digest of a counter.</summary>
    internal string NewId()
        => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes((++_ids).ToString(CultureInfo.InvariantCulture))));

    /// <summary>Enters the state: one at a time, and with what wakes up running at once, on this thread.</summary>
    internal Entry Enter() => new(_gate);

    /// <summary>Tells those who wait that something happened.</summary>
    internal void Changed()
    {
        var change = _change;
        _change = NewChange();
        change.SetResult();
    }

    internal void Note(string type, string action, string id, string? name, params (string Key, string Value)[] attributes)
    {
        Events.Add(new ZLayerEvent
        {
            Time = Clock.Tick(),
            Type = type,
            Action = action,
            Id = id,
            Name = name,
            Attributes = attributes.DistinctBy(a => a.Key).ToDictionary(a => a.Key, a => a.Value),
            Runtime = FakeRuntime.RuntimeName,
        });
        Changed();
    }

    /// <summary>
    /// Waits until something is true about a container, and lets time pass meanwhile as far as that makes anything happen to it.
    /// </summary>
    internal Task WaitAsync(FakeContainer container, Func<bool> isTrue, CancellationToken cancellationToken)
        => WaitAsync(() => Clock.Concerns(container), isTrue, cancellationToken);

    /// <summary>
    /// Waits until something is true about a process, and lets time pass meanwhile as far as that makes anything happen to it.
    /// </summary>
    internal Task WaitAsync(FakeProcess process, Func<bool> isTrue, CancellationToken cancellationToken)
        => WaitAsync(() => Clock.Concerns(process), isTrue, cancellationToken);

    /// <summary>Waits until something is true.</summary>
    /// <param name="timeHelps">Whether it helps to let time pass; asked inside of the state.</param>
    /// <param name="isTrue">What is waited for, asked inside of the state.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    internal async Task WaitAsync(Func<bool> timeHelps, Func<bool> isTrue, CancellationToken cancellationToken)
    {
        for (var step = 0; ; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Task? change;
            using (Enter())
            {
                if (isTrue())
                {
                    return;
                }

                change = timeHelps() ? null : _change.Task;
                if (change is null)
                {
                    Clock.Advance();
                }
            }

            if (change is not null)
            {
                await change.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            else if (step >= FreeSteps)
            {
                await Task.Delay(1, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await Task.Yield();
            }
        }
    }

    private static TaskCompletionSource NewChange() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The time in which one thread has the state to itself.</summary>
    internal readonly ref struct Entry
    {
        private readonly object _gate;
        private readonly SynchronizationContext? _context;

        // Without a context, what a program waited for lets it go on inside of this call instead of some time later.
        public Entry(object gate)
        {
            _gate = gate;
            Monitor.Enter(gate);
            _context = SynchronizationContext.Current;
            SynchronizationContext.SetSynchronizationContext(null);
        }

        public void Dispose()
        {
            SynchronizationContext.SetSynchronizationContext(_context);
            Monitor.Exit(_gate);
        }
    }
}
