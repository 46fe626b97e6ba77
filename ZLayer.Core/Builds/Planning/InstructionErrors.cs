using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Planning;

/// <summary>The errors of instructions that the syntax allows and a build cannot carry out.</summary>
internal static class InstructionErrors
{
    /// <summary>BuildStepInvalid with the instruction and its place.</summary>
    /// <param name="instruction">The instruction.</param>
    /// <param name="problem">What is wrong, after its text and a colon.</param>
    /// <param name="advice">What to do.</param>
    public static ZLayerException Invalid(Instruction instruction, string problem, string advice)
        => new(ZLayerErrorKind.BuildStepInvalid, $"{instruction.ShownText.ReplaceLineEndings(" ")}: {problem} ({instruction.Location}).")
        {
            Subject = instruction.Location.ToString(),
            Advice = advice,
        };
}
