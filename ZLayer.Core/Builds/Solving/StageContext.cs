using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>A stage while it is being solved.</summary>
internal sealed class StageContext(PlannedStage planned, LayerStore layers, StageState initial)
{
    /// <summary>What is being built.</summary>
    public PlannedStage Planned => planned;

    /// <summary>The result so far.</summary>
    public StageState State { get; set; } = initial;

    /// <summary>The ARGs declared so far.</summary>
    public StageArguments Arguments => State.Arguments;

    /// <summary>Names the place of an instruction for the explanation of misses.</summary>
    public string Family(int index)
    {
        var text = $"{planned.Stage.Name ?? planned.Stage.Index.ToString(System.Globalization.CultureInfo.InvariantCulture)}\n{planned.Platform}\n{index}\n{planned.Stage.From.Location.File}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
    }

    /// <summary>
    /// Adds the file system below a step to its inputs: the base and the rest apart, so that a miss can say which of them changed.
    /// Layers are content: a step that ran again and made the same layer lets the steps after it hit.
    /// </summary>
    public void DescribeParent(StepInputs inputs)
    {
        inputs.Add("base", string.Join(' ', State.Layers.Take(State.BaseLayerCount).Select(l => l.DiffId.ShortHex)));
        inputs.AddHashed("parent", string.Join(' ', State.DiffIds));
    }

    /// <summary>The layers as directories, base first; extracts the ones that are not.</summary>
    public Task<IReadOnlyList<string>> LowerDirectoriesAsync(CancellationToken cancellationToken)
        => Task.Run<IReadOnlyList<string>>(
            () => LayerStacks.Distinct(layers.EnsureDirectories(State.DiffIds, cancellationToken)), cancellationToken);
}
