using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Planning;

/// <summary>What the variables of a stage may take together.</summary>
internal static class VariableLimit
{
    /// <summary>Refuses an instruction that lets the variables grow beyond the limit.</summary>
    /// <param name="length">The length of all names and values, in characters.</param>
    /// <param name="instruction">The instruction that added the last of them.</param>
    /// <exception cref="ZLayerException">DockerfileSyntaxError, naming the line.</exception>
    public static void Check(long length, Instruction instruction)
    {
        if (length > DockerfileLimits.VariablesLength)
        {
            throw instruction.Location.SyntaxError(
                $"{instruction.Name}: the variables of the stage are together longer than {DockerfileLimits.VariablesLength} characters",
                "Put large values into files of the build context, and COPY them.");
        }
    }
}
