using System.Collections.Immutable;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>
/// Makes the files of the layers that a build made no younger than a time, for an output that asks for it (<c>rewrite-timestamp</c>).
/// </summary>
internal static class LayerTimes
{
    /// <summary>The state with such layers; those of the base stay as they are.</summary>
    public static StageState Limit(BuildSession session, StageState state, DateTimeOffset latest, CancellationToken cancellationToken)
        => state with
        {
            Layers = state.Layers.Select((layer, i) => i < state.BaseLayerCount
                ? layer
                : new StageLayer(Limit(session, layer.DiffId, latest, cancellationToken), null))
                .ToImmutableList(),
        };

    private static Digest Limit(BuildSession session, Digest diffId, DateTimeOffset latest, CancellationToken cancellationToken)
    {
        using var writer = session.Services.Content.Create(ContentDurability.Deferred);
        var changed = false;
        using (var tar = new LayerTarWriter(writer))
        {
            using var reader = new LayerTarReader(session.Services.Layers.OpenTar(diffId));
            while (reader.MoveNext() is { } entry)
            {
                cancellationToken.ThrowIfCancellationRequested();
                changed |= entry.ModificationTime > latest;
                var limited = entry.ModificationTime > latest ? entry with { ModificationTime = latest } : entry;
                if (limited is { Type: TarEntryType.File, Size: > 0 })
                {
                    tar.WriteFile(limited, reader.Content);
                }
                else
                {
                    tar.WriteEntry(limited);
                }
            }

            tar.Complete();
        }

        return changed ? session.KeepLayer(writer).Digest : diffId;
    }
}
