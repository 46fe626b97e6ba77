using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>
/// Lists tags, and reads what they point to without its layers: many at once, each document once, in the order of the list.
/// </summary>
internal sealed class RegistryTagReader(RegistryClient client, int parallel)
{
    private readonly ConcurrentDictionary<Digest, Lazy<Task<ImageManifest>>> _manifests = new();
    private readonly ConcurrentDictionary<Digest, Lazy<Task<ImageConfig>>> _configs = new();

    /// <summary>The tags of a repository whose names are wanted.</summary>
    public async IAsyncEnumerable<RegistryTag> ListAsync(
        ImageReference repository, bool detailed, Func<string, bool> isWanted, Action<string>? warn, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Whoever stops listening stops what is under way.
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var underWay = new Queue<Task<RegistryTag>>();
        var leftOut = 0;
        try
        {
            await foreach (var tag in client.GetTagsAsync(repository, stopped.Token).ConfigureAwait(false))
            {
                // A name that no client can ask for is not one: what a registry puts there is meant for somebody's terminal or file system.
                if (tag is null || !ImageReference.IsTag(tag))
                {
                    leftOut++;
                    continue;
                }

                if (!isWanted(tag))
                {
                    continue;
                }

                if (!detailed)
                {
                    yield return new RegistryTag { Repository = repository.Name, Name = tag };
                    continue;
                }

                underWay.Enqueue(ReadAsync(repository.WithTag(tag), stopped.Token));
                if (underWay.Count >= parallel)
                {
                    yield return await underWay.Dequeue().ConfigureAwait(false);
                }
            }

            if (leftOut > 0)
            {
                warn?.Invoke($"{leftOut} of the tags that the registry lists for {repository.Name} are left out: they are not valid tags.");
            }

            while (underWay.TryDequeue(out var next))
            {
                yield return await next.ConfigureAwait(false);
            }
        }
        finally
        {
            await stopped.CancelAsync().ConfigureAwait(false);
            await ((Task)Task.WhenAll(underWay)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Digest, platforms, size and time of a tag.
    private async Task<RegistryTag> ReadAsync(ImageReference tag, CancellationToken cancellationToken)
    {
        var response = await client.GetManifestAsync(tag, cancellationToken).ConfigureAwait(false);
        var result = new RegistryTag { Repository = tag.Name, Name = tag.Tag!, Digest = response.Descriptor.Digest };
        ImageManifest manifest;
        if (MediaTypes.IsIndex(response.Descriptor.MediaType))
        {
            var documents = new RegistryDocuments(client, tag);
            documents.Add(response);
            var images = await documents.Walk.ImagesAsync(response.Descriptor, cancellationToken).ConfigureAwait(false);
            result = result with { Platforms = [.. images.Select(image => image.Platform).OfType<Platform>()] };
            if (images.Count == 0)
            {
                return result;
            }

            manifest = await GetManifestAsync(tag.WithDigest(images[0].Manifest.Digest), cancellationToken).ConfigureAwait(false);
        }
        else
        {
            manifest = OciJson.ParseManifest(response.Bytes.Span, tag.ToString());
        }

        result = result with { Size = manifest.Layers.Sum(l => l.Size) };
        if (!MediaTypes.IsConfig(manifest.Config.MediaType))
        {
            return result;
        }

        var config = await GetConfigAsync(tag, manifest.Config, cancellationToken).ConfigureAwait(false);
        return result with
        {
            Created = config.Created,
            Platforms = result.Platforms.Count > 0 ? result.Platforms : [config.Platform],
        };
    }

    // Tags often name the same image, and images the same config.
    private Task<ImageManifest> GetManifestAsync(ImageReference reference, CancellationToken cancellationToken)
        => _manifests.GetOrAdd(reference.Digest!.Value, _ => new(async () => OciJson.ParseManifest(
            (await client.GetManifestAsync(reference, cancellationToken).ConfigureAwait(false)).Bytes.Span, reference.ToString()))).Value;

    private Task<ImageConfig> GetConfigAsync(ImageReference reference, Descriptor config, CancellationToken cancellationToken)
        => _configs.GetOrAdd(config.Digest, _ => new(async () => OciJson.ParseConfig(
            await client.GetBlobAsync(reference, config, cancellationToken).ConfigureAwait(false), reference.ToString()))).Value;
}
