using ZLayer.Core.Builds.Files;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Images;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>One WORKDIR: makes the directory where the stage has none. The state's config already names it.</summary>
internal sealed class WorkdirStep(BuildSession session, StageContext stage, WorkdirInstruction instruction, StepPosition position)
{
    private readonly StageState _state = stage.State;

    /// <summary>Takes the step from the cache or makes the directory.</summary>
    public async Task<StepResult> SolveAsync(CancellationToken cancellationToken)
    {
        var directory = ConfigInstructions.ResolveDirectory(null, _state.Config.WorkingDir!);
        if (directory == "/" || _state.Image.Os == "windows")
        {
            return new StepResult([], _state.Created, Cached: false, "the directory exists");
        }

        var inputs = new StepInputs();
        inputs.Add("instruction", "WORKDIR " + directory);
        stage.DescribeParent(inputs);
        inputs.Add("user", _state.Config.User ?? "");
        var step = new CacheableStep(stage.Family(position.Index), StepPosition.ShortTitle(instruction), instruction.OriginalText, inputs);
        return await session.Steps
            .GetAsync(step, ct => Task.Run(() => Make(directory), ct), cancellationToken)
            .ConfigureAwait(false);
    }

    private StepProduct Make(string directory)
    {
        var target = _state.Layers.IsEmpty ? null : session.Trees.Open(_state, "stage " + stage.Planned.Title);
        using var writer = session.Services.Content.Create(ContentDurability.Deferred);
        DirectoryLayer.Write(writer, directory, _state.Config.User, target, _state.Created);
        return new StepProduct([session.KeepLayer(writer).Digest], _state.Created);
    }
}
