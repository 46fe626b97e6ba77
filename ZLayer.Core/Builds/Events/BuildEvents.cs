using System.Globalization;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Builds.Events;

/// <summary>The build has been planned and begins.</summary>
/// <param name="TotalStages">How many stages will be built, over all platforms.</param>
/// <param name="TotalInstructions">How many instructions they have, FROM not counted.</param>
public sealed record BuildStarted(int TotalStages, int TotalInstructions) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe()
        => $"Building {TotalStages} {(TotalStages == 1 ? "stage" : "stages")}, {TotalInstructions} instructions";
}

/// <summary>
/// What will be built: fills a display in advance. It is reported again, with all stages, where a trigger of a base image needs
/// more of them.
/// </summary>
/// <param name="Stages">The stages in order.</param>
public sealed record BuildPlanned(IReadOnlyList<PlannedStageSummary> Stages) : BuildEvent
{
    /// <summary>The stages in order.</summary>
    public IReadOnlyList<PlannedStageSummary> Stages { get; init => field = value.ToArray(); } = Stages.ToArray();

    internal static BuildPlanned Of(IReadOnlyList<PlannedStage> stages)
        => new([.. stages.Select(s => new PlannedStageSummary(
            s.Id, s.Title, s.Base.ToString()!, [.. s.Instructions.Select(i => i.ShownText)]))]);

    /// <inheritdoc/>
    protected override string Describe() => "Plan: " + string.Join(", ", Stages.Select(s => s.Title));
}

/// <summary>A stage as the plan has it.</summary>
/// <param name="Stage">Its index in the event stream.</param>
/// <param name="Title">Its name, with the platform when there are several.</param>
/// <param name="BaseImage">What it builds on.</param>
/// <param name="Instructions">Its instructions, FROM not included.</param>
public sealed record PlannedStageSummary(int Stage, string Title, string BaseImage, IReadOnlyList<string> Instructions)
{
    /// <summary>Its instructions, FROM not included.</summary>
    public IReadOnlyList<string> Instructions { get; init => field = value.ToArray(); } = Instructions.ToArray();
}

/// <summary>A stage begins: its base is being resolved.</summary>
/// <param name="Stage">Its index in the event stream.</param>
/// <param name="Title">Its name, with the platform when there are several.</param>
/// <param name="BaseImage">What it builds on.</param>
public sealed record StageStarted(int Stage, string Title, string BaseImage) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"[{Title}] FROM {BaseImage}";
}

/// <summary>A stage is done.</summary>
/// <param name="Stage">Its index in the event stream.</param>
/// <param name="Title">Its name.</param>
public sealed record StageCompleted(int Stage, string Title) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"[{Title}] complete";
}

/// <summary>An instruction begins.</summary>
/// <param name="Step">The number of the step in the whole build, from 1, in the order of starting.</param>
/// <param name="Stage">The index of its stage.</param>
/// <param name="Index">Its index in the stage, from 0.</param>
/// <param name="Title">Stage and position: <c>build 2/5</c>.</param>
/// <param name="Instruction">The instruction with variables expanded.</param>
public sealed record InstructionStarted(int Step, int Stage, int Index, string Title, string Instruction) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"#{Step} [{Title}] {Instruction}";
}

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

/// <summary>A line that a step printed.</summary>
/// <param name="Step">The number of the step.</param>
/// <param name="Stage">The index of its stage.</param>
/// <param name="Index">Its index in the stage.</param>
/// <param name="Line">The line, without its end.</param>
/// <param name="IsError">True when it came on standard error.</param>
public sealed record InstructionOutput(int Step, int Stage, int Index, string Line, bool IsError) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"#{Step} {Line}";
}

/// <summary>An instruction is done.</summary>
/// <param name="Step">The number of the step.</param>
/// <param name="Stage">The index of its stage.</param>
/// <param name="Index">Its index in the stage.</param>
/// <param name="Cached">True when its result was taken from the step cache.</param>
/// <param name="Reason">
/// Why it was a hit or a miss: <c>COPY package.json: content changed</c>; null for instructions that make no layer.
/// </param>
/// <param name="Duration">How long it took.</param>
public sealed record InstructionCompleted(int Step, int Stage, int Index, bool Cached, string? Reason, TimeSpan Duration) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe()
        => Cached
            ? $"#{Step} CACHED ({Reason})"
            : $"#{Step} DONE {Seconds(Duration)}" + (Reason is null ? "" : $" ({Reason})");
}

/// <summary>Something surprising that does not stop the build: a lint rule, a fall-back.</summary>
/// <param name="Rule">The name of the rule, or <c>Build</c>.</param>
/// <param name="Message">What was found.</param>
/// <param name="Location">Where: <c>Dockerfile:12:1</c>; null when it is nowhere in a file.</param>
public sealed record BuildWarning(string Rule, string Message, string? Location) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"WARNING: {(Location is null ? "" : Location + ": ")}{Rule}: {Message}";
}

/// <summary>A result is being written or pushed.</summary>
/// <param name="Name">What: <c>exporting to image</c>, <c>pushing localhost:5000/app:1</c>.</param>
public sealed record ExportStarted(string Name) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => Name;
}

/// <summary>How far an export or push is.</summary>
/// <param name="Name">Which one, as in <see cref="ExportStarted"/>.</param>
/// <param name="Transfer">The blob that moved.</param>
public sealed record ExportProgress(string Name, TransferProgress Transfer) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"{Name}: {Transfer}";
}

/// <summary>A result is written or pushed.</summary>
/// <param name="Name">Which one, as in <see cref="ExportStarted"/>.</param>
/// <param name="Duration">How long it took.</param>
public sealed record ExportCompleted(string Name, TimeSpan Duration) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"{Name} DONE {Seconds(Duration)}";
}

/// <summary>The build is done; the last event.</summary>
/// <param name="Result">What it made.</param>
public sealed record BuildCompleted(BuildResult Result) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe()
        => $"Built {Result.ImageId}{(Result.Tags.Count == 0 ? "" : " " + string.Join(' ', Result.Tags.Select(t => t.ToFamiliarString())))}"
            + $" in {Seconds(Result.Duration)} ({Result.CacheHits}/{Result.CacheableSteps} cached)";
}

/// <summary>The build failed or was cancelled; the last event.</summary>
/// <param name="Kind">What went wrong; null when it was cancelled.</param>
/// <param name="Message">What went wrong, for people.</param>
public sealed record BuildFailed(ZLayerErrorKind? Kind, string Message) : BuildEvent
{
    /// <inheritdoc/>
    protected override string Describe() => $"ERROR: {Message}";
}
