namespace ZLayer.Core.Dockerfiles;

/// <summary>Groups the instructions of a file in global arguments and stages.</summary>
internal sealed class StageAssembly(List<DockerfileError> errors)
{
    private readonly List<ArgInstruction> _globalArguments = [];
    private readonly List<Stage> _stages = [];
    private FromInstruction? _from;
    private List<Instruction> _instructions = [];
    private bool _isBeforeFrom = true;
    private bool _hasInstructions;

    internal IReadOnlyList<ArgInstruction> GlobalArguments => _globalArguments;

    /// <summary>Adds an instruction; null for one with errors, which were reported already.</summary>
    internal void Add(Instruction? instruction, SourceLocation location)
    {
        _hasInstructions = true;
        switch (instruction)
        {
            case FromInstruction opens:
                CloseStage();
                _from = opens;
                _isBeforeFrom = false;
                break;
            case null:
                // It may have been the FROM itself.
                _isBeforeFrom = false;
                break;
            case ArgInstruction argument when _isBeforeFrom:
                _globalArguments.Add(argument);
                break;
            case not null when _isBeforeFrom:
                errors.Add(new DockerfileError(
                    location, $"{instruction.Name} stands before the first FROM: only ARG may; there is no build stage yet"));
                _isBeforeFrom = false;
                break;
            default:
                _instructions.Add(instruction);
                break;
        }
    }

    internal List<Stage> Finish(SourceLocation end)
    {
        CloseStage();
        if (_stages.Count == 0 && errors.Count == 0)
        {
            errors.Add(new DockerfileError(
                end, _hasInstructions ? "there is no FROM: a Dockerfile needs at least one build stage" : "the file has no instructions"));
        }

        return _stages;
    }

    private void CloseStage()
    {
        if (_from is not null)
        {
            _stages.Add(new Stage
            {
                From = _from,
                Index = _stages.Count,
                Instructions = _instructions,
                Description = _from.StageName is { } name ? InstructionParser.DescriptionIn(_from.Comments, name) : null,
            });
        }

        _instructions = [];
        _from = null;
    }
}
