namespace ZLayer.Core.Images;

/// <summary>Puts the history of a config together with the layers of its manifest.</summary>
internal static class ImageHistory
{
    /// <summary>The steps, the last one first. Layers that the history does not mention come as steps without an instruction.</summary>
    public static IReadOnlyList<ImageHistoryEntry> Of(StoredImage image, IReadOnlyList<string> names)
    {
        var entries = new List<ImageHistoryEntry>();
        var layer = 0;
        foreach (var step in image.Config.History ?? [])
        {
            var hasLayer = !step.EmptyLayer && layer < image.DiffIds.Count;
            entries.Add(new ImageHistoryEntry
            {
                Created = step.Created,
                CreatedBy = step.CreatedBy ?? "",
                Comment = step.Comment,
                EmptyLayer = !hasLayer,
                Size = hasLayer ? image.Manifest.Layers[layer].Size : 0,
                DiffId = hasLayer ? image.DiffIds[layer] : null,
            });
            layer += hasLayer ? 1 : 0;
        }

        for (; layer < image.DiffIds.Count; layer++)
        {
            entries.Add(new ImageHistoryEntry { Size = image.Manifest.Layers[layer].Size, DiffId = image.DiffIds[layer] });
        }

        if (entries.Count > 0)
        {
            entries[^1] = entries[^1] with { Id = image.ConfigDigest, Tags = names };
        }

        entries.Reverse();
        return entries;
    }
}
