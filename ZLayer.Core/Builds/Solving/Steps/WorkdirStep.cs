using ZLayer.Core.Builds.Files;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Images;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>One WORKDIR: makes the directory where the stage has none. The state's config already names it.</summary>
internal sealed class WorkdirStep(BuildSession session, StageContext stage, WorkdirInstruction instruction, StepPosition position)
{
    // What every Windows has is left as it is: an entry in a layer would replace its permissions.
    private static readonly HashSet<string> WindowsDirectories = new(StringComparer.OrdinalIgnoreCase)
    {
        "/Windows", "/Windows/System32", "/Users", "/Users/Public", "/Program Files", "/ProgramData",
    };

    private readonly StageState _state = stage.State;
    private readonly bool _isWindows = stage.State.Image.Os == "windows";

    /// <summary>Takes the step from the cache or makes the directory.</summary>
    public async Task<StepResult> SolveAsync(CancellationToken cancellationToken)
    {
        var directory = ConfigInstructions.ResolveDirectory(
            null, _isWindows ? WindowsPaths.Normalize(_state.Config.WorkingDir!) : _state.Config.WorkingDir!);
        if (directory == "/" || (_isWindows && _state.BaseLayerCount > 0 && WindowsDirectories.Contains(directory)))
        {
            return new StepResult([], _state.Created, Cached: false, "the directory exists");
        }

        var inputs = new StepInputs();
        inputs.Add("instruction", "WORKDIR " + directory);
        stage.DescribeParent(inputs);
        inputs.Add("user", _state.Config.User ?? "");
        inputs.Add("os", _state.Image.Os);
        var step = new CacheableStep(stage.Family(position.Index), StepPosition.ShortTitle(instruction), instruction.ShownText, inputs)
        {
            Below = _state.DiffIds,
        };
        return await session.Steps
            .GetAsync(step, ct => Task.Run(() => Make(directory), ct), cancellationToken)
            .ConfigureAwait(false);
    }

    private StepProduct Make(string directory)
    {
        var target = session.Trees.OpenTarget(_state, "stage " + stage.Planned.Title);
        using var writer = session.Services.Content.Create(ContentDurability.Deferred);
        DirectoryLayer.Write(writer, directory, _state.Config.User, target, _state.Created, _isWindows);
        return new StepProduct([session.KeepLayer(writer).Digest], _state.Created);
    }
}
