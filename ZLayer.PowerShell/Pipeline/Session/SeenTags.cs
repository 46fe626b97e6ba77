using System.Collections.Concurrent;
using ZLayer.Core.Oci;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>The tags that registries told this session of, for completion, which asks no registry itself.</summary>
internal sealed class SeenTags
{
    private const int MaximumPerRepository = 2000;

    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, ImageReference>> _repositories = new(StringComparer.Ordinal);

    /// <summary>Notes a tag.</summary>
    public void Add(ImageReference repository, string tag)
    {
        var tags = _repositories.GetOrAdd(repository.Name, _ => new(StringComparer.Ordinal));
        if (tags.Count < MaximumPerRepository)
        {
            tags[tag] = repository.WithTag(tag);
        }
    }

    /// <summary>The tags of some registries' repositories, by name.</summary>
    public IReadOnlyList<ImageReference> Of(IReadOnlyList<string> registries)
        => [.. _repositories.Values
            .SelectMany(tags => tags.Values)
            .Where(tag => registries.Contains(tag.Registry, StringComparer.OrdinalIgnoreCase))
            .OrderBy(tag => tag.ToString(), StringComparer.Ordinal)];
}
