namespace ZLayer.Core.Dockerfiles;

/// <summary>Groups the instructions of a file in global arguments and stages.</summary>
internal sealed class StageAssembly(List<DockerfileError> errors)
{
    private readonly List<ArgInstruction> globalArguments = [];
    private readonly List<Stage> stages = [];
    private FromInstruction? from;
    private List<Instruction> instructions = [];
    private bool isBeforeFrom = true;
    private bool hasInstructions;

    internal IReadOnlyList<ArgInstruction> GlobalArguments => globalArguments;

    /// <summary>Adds an instruction; null for one with errors, which were reported already.</summary>
    internal void Add(Instruction? instruction, SourceLocation location)
    {
        hasInstructions = true;
        switch (instruction)
        {
            case FromInstruction opens:
                CloseStage();
                from = opens;
                isBeforeFrom = false;
                break;
            case null:
                // It may have been the FROM itself.
                isBeforeFrom = false;
                break;
            case ArgInstruction argument when isBeforeFrom:
                globalArguments.Add(argument);
                break;
            case not null when isBeforeFrom:
                errors.Add(new DockerfileError(
                    location, $"{instruction.Name} stands before the first FROM: only ARG may; there is no build stage yet"));
                isBeforeFrom = false;
                break;
            default:
                instructions.Add(instruction);
                break;
        }
    }

    internal List<Stage> Finish(SourceLocation end)
    {
        CloseStage();
        if (stages.Count == 0 && errors.Count == 0)
        {
            errors.Add(new DockerfileError(
                end, hasInstructions ? "there is no FROM: a Dockerfile needs at least one build stage" : "the file has no instructions"));
        }

        return stages;
    }

    private void CloseStage()
    {
        if (from is not null)
        {
            stages.Add(new Stage
            {
                From = from,
                Index = stages.Count,
                Instructions = instructions,
                Description = from.StageName is { } name ? InstructionParser.DescriptionIn(from.Comments, name) : null,
            });
        }

        instructions = [];
        from = null;
    }
}
