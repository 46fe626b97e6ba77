using System.Collections.Immutable;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>Merges the layers that a build made above its base into one.</summary>
internal static class LayerSquash
{
    /// <summary>The state with one layer above the base; the history keeps every step, the last of which made the layer.</summary>
    public static async Task<StageState> SquashAsync(BuildSession session, StageState state, CancellationToken cancellationToken)
    {
        var above = state.Layers.Skip(state.BaseLayerCount).ToList();
        if (above.Count < 2)
        {
            return state;
        }

        var merged = await Task.Run(() => Merge(session, above, cancellationToken), cancellationToken).ConfigureAwait(false);
        var baseHistory = CountBaseHistory(state);
        var history = state.History.Select((h, i) => i < baseHistory ? h : h with { EmptyLayer = true }).ToImmutableList();
        return state with
        {
            Layers = state.Layers.Take(state.BaseLayerCount).Append(new StageLayer(merged, null)).ToImmutableList(),
            History = history.Add(new HistoryEntry { Created = state.Created, CreatedBy = "squash", Comment = "zlayer" }),
        };
    }

    private static Digest Merge(BuildSession session, List<StageLayer> layers, CancellationToken cancellationToken)
    {
        using var writer = session.Services.Content.Create(ContentDurability.Deferred);
        using (var tar = new LayerTarWriter(writer))
        {
            LayerMerge.Write(
                [.. layers.Select(
                    l => (Func<Stream>)(() => session.Services.Layers.OpenTar(l.DiffId)))], tar, cancellationToken: cancellationToken);
            tar.Complete();
        }

        return session.KeepLayer(writer).Digest;
    }

    // The entries of the base are those up to its last layer.
    private static int CountBaseHistory(StageState state)
    {
        var layers = 0;
        for (var i = 0; i < state.History.Count; i++)
        {
            if (layers == state.BaseLayerCount)
            {
                return i;
            }

            layers += state.History[i].EmptyLayer ? 0 : 1;
        }

        return state.History.Count;
    }
}
