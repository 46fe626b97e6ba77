using System.Globalization;

namespace ZLayer.Core.Builds.Events;

/// <summary>How far a step is: bytes of a download, files of a copy.</summary>
/// <param name="Step">The number of the step.</param>
/// <param name="Stage">The index of its stage.</param>
/// <param name="Index">Its index in the stage; -1 while the base image is fetched.</param>
/// <param name="Status">What is going on: <c>pulling 3f4a…</c>.</param>
/// <param name="Current">Bytes done.</param>
/// <param name="Total">Bytes in all, where known.</param>
public sealed record InstructionProgress(int Step, int Stage, int Index, string Status, long Current, long? Total) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe()
        => Total is { } total
            ? string.Create(CultureInfo.InvariantCulture, $"#{Step} {Status} {Current / 1e6:0.0}/{total / 1e6:0.0} MB")
            : string.Create(CultureInfo.InvariantCulture, $"#{Step} {Status} {Current / 1e6:0.0} MB");
}
