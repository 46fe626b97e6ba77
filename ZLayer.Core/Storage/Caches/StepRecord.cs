using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>What a build step made: <c>cache/steps/&lt;key&gt;.json</c>. The layers stay as long as the record does.</summary>
internal sealed record StepRecord
{
    /// <summary>The cache key: lower-case hexadecimal, a file name.</summary>
    public required string Key { get; init; }

    /// <summary>
    /// What the step is a version of: the same instruction text at the same place of the same build. The latest record of a family says
    /// which input changed when a step misses. Any text; null when that is of no interest.
    /// </summary>
    public string? Family { get; init; }

    /// <summary>The instruction, canonical, without secrets.</summary>
    public required string Instruction { get; init; }

    /// <summary>The DiffIDs of the layers that the step added: none or one, several when it was a whole stage.</summary>
    public IReadOnlyList<Digest> Layers { get; init => field = value?.ToArray() ?? []; } = [];

    /// <summary>The digests of the step's inputs by name (<c>parent</c>, <c>package.json</c>), to explain a miss.</summary>
    public IReadOnlyDictionary<string, string> Inputs { get; init => field = value ?? new Dictionary<string, string>(); }
        = new Dictionary<string, string>();

    /// <summary>When the step was executed.</summary>
    public DateTimeOffset Created { get; init; }

    /// <summary>When a build last used the record; kept as the file's time, so writing it has no effect.</summary>
    public DateTimeOffset LastUsed { get; init; }

    /// <summary>The bytes that the step's layers take.</summary>
    public long Size { get; init; }
}
