using System.Globalization;
using System.Text.Json.Serialization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Events;

/// <summary>
/// One thing that happened in a build. Progress bars, plain logs, JSON output and tests all read this one stream.
/// <see cref="object.ToString"/> is the line of the plain log.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(BuildStarted), "buildStarted")]
[JsonDerivedType(typeof(BuildPlanned), "buildPlanned")]
[JsonDerivedType(typeof(StageStarted), "stageStarted")]
[JsonDerivedType(typeof(InstructionStarted), "instructionStarted")]
[JsonDerivedType(typeof(InstructionOutput), "instructionOutput")]
[JsonDerivedType(typeof(InstructionProgress), "instructionProgress")]
[JsonDerivedType(typeof(InstructionCompleted), "instructionCompleted")]
[JsonDerivedType(typeof(StageCompleted), "stageCompleted")]
[JsonDerivedType(typeof(BuildWarning), "buildWarning")]
[JsonDerivedType(typeof(ExportStarted), "exportStarted")]
[JsonDerivedType(typeof(ExportProgress), "exportProgress")]
[JsonDerivedType(typeof(ExportCompleted), "exportCompleted")]
[JsonDerivedType(typeof(BuildCompleted), "buildCompleted")]
[JsonDerivedType(typeof(BuildFailed), "buildFailed")]
public abstract record BuildEvent
{
    /// <summary>When it happened, UTC.</summary>
    public DateTimeOffset Time { get; init; } = DateTimeOffset.UtcNow;

    /// <summary>The line of the plain log. Only what a step prints is passed on as it is: see <see cref="DisplayText"/>.</summary>
    public sealed override string ToString() => this is InstructionOutput ? Describe() : DisplayText.Line(Describe());

    /// <summary>The line of the plain log.</summary>
    protected abstract string Describe();

    /// <summary>A duration as people read it: <c>0.4s</c>, <c>12.3s</c>.</summary>
    protected static string Seconds(TimeSpan duration)
        => duration.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + "s";
}
