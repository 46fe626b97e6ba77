namespace ZLayer.Core.Runtimes.Observation;

/// <summary>Bytes as a container wrote them: a frame of the runtime's stream, not always a line.</summary>
/// <param name="Stream">Where it wrote them to.</param>
/// <param name="Data">The bytes, not shared with other chunks.</param>
/// <param name="Timestamp">When they were written; null unless asked for.</param>
public sealed record LogChunk(LogStream Stream, ReadOnlyMemory<byte> Data, DateTimeOffset? Timestamp = null)
{
    /// <summary>What engines tell of the time beyond what <see cref="Timestamp"/> holds, in nanoseconds: 0 to 99.</summary>
    public int Nanoseconds { get; init; }
}
