using System.Globalization;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Planning;

/// <summary>
/// What <c>COPY --from</c> and <c>RUN --mount=from=</c> name. A name that a stage has means that stage and a number always means one: where
/// the stage cannot be read there, that is an error, and no image of that name is asked for.
/// </summary>
internal sealed class StageReferences(Dockerfile dockerfile, BuildOptions options)
{
    /// <summary>The stages of the Dockerfile that instructions of a stage read.</summary>
    /// <exception cref="ZLayerException">
    /// BuildStepInvalid: one of them is the stage itself, a later one, or a number that no stage has.
    /// </exception>
    public IEnumerable<Stage> Of(Stage user, IEnumerable<Instruction> instructions)
        => instructions.SelectMany(instruction => NamesIn(instruction).Select(name => Find(user, instruction, name)).OfType<Stage>());

    /// <summary>The stage that a name means; null for a named context, an image, or the empty image.</summary>
    /// <exception cref="ZLayerException">As <see cref="Of"/>.</exception>
    public Stage? Find(Stage user, Instruction instruction, string name)
    {
        if (NamedContexts.Find(options, name) is not null)
        {
            return null;
        }

        if (BuildPlanner.FindStage(dockerfile, name, user.Index) is { } earlier)
        {
            return earlier;
        }

        if (BuildPlanner.FindStage(dockerfile, name, int.MaxValue) is { } other)
        {
            throw other == user
                ? InstructionErrors.Invalid(
                    instruction, $"the stage '{name}' cannot read its own files through --from", "Name an earlier stage, or copy the files with RUN.")
                : InstructionErrors.Invalid(
                    instruction, $"the stage '{name}' stands after the stage that reads it", "Move that stage up: a stage reads earlier ones only.");
        }

        return !name.All(char.IsAsciiDigit) ? null : throw InstructionErrors.Invalid(
            instruction,
            $"there is no stage {name}",
            user.Index == 0
                ? "It is the first stage: no other can be read."
                : string.Create(CultureInfo.InvariantCulture, $"It can read the stages 0 to {user.Index - 1}."));
    }

    /// <summary>The names in an instruction, as written.</summary>
    public static IEnumerable<string> NamesIn(Instruction instruction) => instruction switch
    {
        CopyInstruction copy => copy.From is { } from ? [from] : [],
        RunInstruction run => run.Mounts.Select(mount => mount.From).OfType<string>(),
        _ => [],
    };

    /// <summary>The triggers that a stage on top of this one carries out.</summary>
    public static IEnumerable<Instruction> TriggersOf(Stage stage)
        => stage.Instructions.OfType<OnBuildInstruction>().Select(i => i.Trigger);
}
