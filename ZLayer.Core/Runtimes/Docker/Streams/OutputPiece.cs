using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Runtimes.Docker.Streams;

/// <summary>A part of a process's output.</summary>
/// <param name="Stream">Where the process wrote it to.</param>
/// <param name="Data">The bytes; they are overwritten by the next read.</param>
/// <param name="BeginsFrame">Whether it begins a frame of the engine: an entry of a log, or what a process wrote at once.</param>
internal readonly record struct OutputPiece(LogStream Stream, ReadOnlyMemory<byte> Data, bool BeginsFrame);
