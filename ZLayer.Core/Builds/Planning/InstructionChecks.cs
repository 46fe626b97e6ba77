using ZLayer.Core.Builds.Files;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;

namespace ZLayer.Core.Builds.Planning;

/// <summary>
/// What the final words of an instruction must be, beyond what its syntax says. Words without variables are checked before anything of the
/// build runs, the others when they are known.
/// </summary>
internal static class InstructionChecks
{
    /// <summary>Checks the instructions whose words are final as they are written.</summary>
    /// <exception cref="ZLayerException">BuildStepInvalid, naming the place.</exception>
    public static void CheckConstant(IEnumerable<Instruction> instructions)
    {
        foreach (var instruction in instructions.Where(
            i => i is StopSignalInstruction or AddInstruction && !i.OriginalText.Contains('$', StringComparison.Ordinal)))
        {
            Check(instruction.Expand(new VariableScope(new Dictionary<string, string>())));
        }
    }

    /// <summary>Checks an instruction whose words are final.</summary>
    /// <exception cref="ZLayerException">BuildStepInvalid, naming the place.</exception>
    public static void Check(Instruction instruction)
    {
        switch (instruction)
        {
            case StopSignalInstruction { Signal: var signal } when !Signal.TryParse(signal, out _):
                throw InstructionErrors.Invalid(
                    instruction, $"invalid signal '{signal}'", "Use a number, SIGRTMIN+n, or a name such as SIGTERM.");
            case AddInstruction { Checksum: not null } add:
                CheckChecksum(add);
                break;
        }
    }

    // Whoever writes a checksum relies on it: where it cannot be checked, the step is refused.
    private static void CheckChecksum(AddInstruction add)
    {
        if (add.Sources.Count != 1 || add.InlineFiles.Count > 0)
        {
            throw InstructionErrors.Invalid(add, "--checksum is for one source", "Write an ADD for each source.");
        }

        if (!RemoteSources.IsRemote(add.Sources[0]))
        {
            throw InstructionErrors.Invalid(
                add, "--checksum is for http(s) addresses and git repositories", "Leave the flag out: the files of the context are the caller's own.");
        }
    }
}
