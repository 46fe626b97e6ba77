using System.Collections.Immutable;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Solving;

/// <summary>A layer of a stage.</summary>
/// <param name="DiffId">The digest of its tar stream.</param>
/// <param name="BaseBlob">Its blob as the base image has it; null for a layer that the build made.</param>
internal sealed record StageLayer(Digest DiffId, Descriptor? BaseBlob);

/// <summary>What a stage is after some of its instructions: file system, config, history.</summary>
internal sealed record StageState
{
    /// <summary>The layers, base first.</summary>
    public required ImmutableList<StageLayer> Layers { get; init; }

    /// <summary>How many of <see cref="Layers"/> came with the base image.</summary>
    public int BaseLayerCount { get; init; }

    /// <summary>The image config; its root file system and history are written from the other members.</summary>
    public required ImageConfig Image { get; init; }

    /// <summary>The history, base first.</summary>
    public required ImmutableList<HistoryEntry> History { get; init; }

    /// <summary>How many entries of <see cref="History"/> came with the base image.</summary>
    public int BaseHistoryCount { get; init; }

    /// <summary>Whether CMD was set since the base image.</summary>
    public bool CommandSet { get; init; }

    /// <summary>
    /// The newest time that anything in the image has. It becomes <c>created</c>, so that the same input gives the same image on every
    /// machine.
    /// </summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>The ARGs declared so far; a stage on top of this one inherits them.</summary>
    public required StageArguments Arguments { get; init; }

    /// <summary>What a container starts with.</summary>
    public ContainerDefaults Config => Image.Config ?? new ContainerDefaults();

    /// <summary>The DiffIDs, base first.</summary>
    public IReadOnlyList<Digest> DiffIds => Layers.ConvertAll(l => l.DiffId);

    /// <summary>The state with another config.</summary>
    public StageState WithConfig(ContainerDefaults config) => this with { Image = Image with { Config = config } };

    /// <summary>
    /// The state after an instruction that made these layers; none for a config instruction or a step that changed nothing.
    /// </summary>
    public StageState Add(string createdBy, IReadOnlyList<Digest> diffIds, DateTimeOffset created)
    {
        var newest = created > Created ? created : Created;
        return this with
        {
            Layers = Layers.AddRange(diffIds.Select(d => new StageLayer(d, null))),
            Created = newest,
            History = History.Add(new HistoryEntry
            {
                Created = newest,
                CreatedBy = AddressRedaction.Redact(createdBy),
                Comment = "zlayer",
                EmptyLayer = diffIds.Count == 0,
            }),
        };
    }
}
