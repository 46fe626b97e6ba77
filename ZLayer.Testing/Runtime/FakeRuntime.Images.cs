using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Storage;

namespace ZLayer.Testing;

/// <content>The images.</content>
public sealed partial class FakeRuntime
{
    private static readonly Platform Linux = Platform.Parse("linux/amd64");

    /// <inheritdoc/>
    public Task PullImageAsync(ImageReference image, RuntimePullOptions options, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        Pull(image, options);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<PullProgress> PullImageStreamAsync(
        ImageReference image, RuntimePullOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        FakeImage? pulled;
        bool isNew;
        using (state.Enter())
        {
            isNew = Held(image) is null;
            pulled = Pull(image, options);
        }

        await Task.Yield();
        yield return new PullStatus(null, $"Pulling from {image.Repository}");
        foreach (var layer in isNew && pulled is not null ? pulled.Layers : [])
        {
            var id = Digest.Of(layer).ShortHex;
            yield return new PullStatus(id, "Downloading", layer.Length / 2, layer.Length);
            yield return new PullStatus(id, "Downloading", layer.Length, layer.Length);
            yield return new PullStatus(id, "Pull complete");
        }

        cancellationToken.ThrowIfCancellationRequested();
        yield return new PullDone(image, pulled?.ManifestDigest);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageInfo>> ListImagesAsync(CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        return Task.FromResult<IReadOnlyList<ImageInfo>>([.. state.Images
            .SelectMany(i => i.Names.Count == 0 ? [Describe(i, null)] : i.Names.Select(n => Describe(i, n)))
            .OrderBy(i => i.ToString(), StringComparer.Ordinal)]);
    }

    /// <inheritdoc/>
    public Task<ImageRemoval> RemoveImageAsync(string image, bool force = false, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = FindImage(image);
        var name = NamedBy(found, image);
        if (name is null && found.Names.Count > 1 && !force)
        {
            throw InUse(image, "it has several names", $"Remove each name, or use {DoorWords.Of("--force", "-Force")}.");
        }

        if (name is not null && found.Names.Count > 1)
        {
            found.Names.Remove(name);
            state.Note("image", "untag", found.Id.ToString(), name.ToFamiliarString());
            return Task.FromResult(new ImageRemoval { Untagged = [name.ToFamiliarString()] });
        }

        if (state.Containers.Find(c => c.Image == found && (!force || c.IsAlive)) is { } user)
        {
            throw InUse(
                image, $"the container '{user.Name}' uses it", user.IsAlive
                    ? "Stop and remove the container first."
                    : $"Remove the container first, or use {DoorWords.Of("--force", "-Force")}.");
        }

        return Task.FromResult(Delete(found));
    }

    /// <inheritdoc/>
    public Task<PruneResult> PruneImagesAsync(bool all = false, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var unused = state.Images.Where(i => (all || i.Names.Count == 0) && !state.Containers.Exists(c => c.Image == i)).ToList();
        var removals = unused.ConvertAll(Delete);
        return Task.FromResult(new PruneResult
        {
            Kind = StorageKind.Image,
            Removed = [.. removals.SelectMany(r => r.Untagged.Concat(r.Deleted))],
            ReclaimedBytes = removals.Sum(r => r.ReclaimedBytes),
        });
    }

    /// <inheritdoc/>
    public Task TagImageAsync(string source, ImageReference target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        EnsureTag(target);
        if (source.Length == 0)
        {
            Invalid("The name of an image is empty.", null);
        }

        using var entry = state.Enter();
        var image = FindImage(source);
        Give(image, target);
        state.Note("image", "tag", image.Id.ToString(), target.ToFamiliarString());
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<ImageInspection> InspectImageAsync(string image, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = FindImage(image);
        var info = Describe(found, NamedBy(found, image) ?? found.Names.FirstOrDefault());
        return Task.FromResult(new ImageInspection
        {
            Reference = info.Reference,
            Repository = info.Repository,
            Tag = info.Tag,
            Id = info.Id,
            Digest = info.Digest,
            Platform = info.Platform,
            Platforms = info.Platforms,
            Created = info.Created,
            Size = info.Size,
            MediaType = info.MediaType,
            Labels = info.Labels,
            Runtime = info.Runtime,
            RepoTags = [.. found.Names.Where(n => n.Digest is null).Select(n => n.ToFamiliarString())],
            RepoDigests = info.RepoDigests,
            Parent = found.Parent,
            Comment = found.Config.History?[^1].Comment,
            Author = found.Config.Author,
            Container = found.Container,
            Layers = found.Config.RootFs.DiffIds,
            Config = found.Config.Config ?? new ContainerDefaults(),
            Raw = System.Text.Encoding.UTF8.GetString(found.ConfigBytes),
        });
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageHistoryEntry>> GetImageHistoryAsync(string image, CancellationToken cancellationToken = default)
    {
        using var entry = state.Enter();
        var found = FindImage(image);
        var layer = 0;
        var steps = (found.Config.History ?? []).Select(h => new ImageHistoryEntry
        {
            Created = h.Created,
            CreatedBy = h.CreatedBy ?? "",
            Comment = h.Comment,
            EmptyLayer = h.EmptyLayer,
            Size = h.EmptyLayer ? 0 : found.Layers[layer].Length,
            DiffId = h.EmptyLayer ? null : found.Config.RootFs.DiffIds[layer++],
        }).ToList();
        if (steps.Count > 0)
        {
            steps[^1] = steps[^1] with { Id = found.Id, Tags = [.. found.Names.Select(n => n.ToFamiliarString())] };
        }

        steps.Reverse();
        return Task.FromResult<IReadOnlyList<ImageHistoryEntry>>(steps);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ImageSearchResult>> SearchImagesAsync(
        string term, int limit = 0, CancellationToken cancellationToken = default)
    {
        if (string.IsNullOrWhiteSpace(term))
        {
            Invalid("A search needs something to look for.", null);
        }

        IReadOnlyList<ImageSearchResult> all =
        [
            new ImageSearchResult { Name = term, Description = $"The official image of {term}.", StarCount = 1000, IsOfficial = true },
            new ImageSearchResult { Name = $"fake/{term}", Description = $"Another {term}.", StarCount = 10 },
            new ImageSearchResult { Name = $"fake/{term}-tools", StarCount = 1, IsAutomated = true },
        ];
        return Task.FromResult<IReadOnlyList<ImageSearchResult>>([.. all.Take(limit <= 0 ? all.Count : limit)]);
    }

    /// <inheritdoc/>
    public Task<Digest> ImportImageAsync(
        Stream rootFileSystem, ImageReference? target, ImageImportOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var changes = ConfigChanges.Parse(options.Changes);
        EnsureTag(target);
        var layer = ReadAll(Decompression.Open(rootFileSystem, leaveOpen: true), cancellationToken);
        EnsureTar(layer);
        using var entry = state.Enter();
        var time = state.Clock.Tick();
        var platform = options.Platform ?? Linux;
        var image = FakeImage.Of(
            changes.Apply(new ImageConfig
            {
                Created = time,
                Os = platform.Os,
                Architecture = platform.Architecture,
                Variant = platform.Variant,
                RootFs = new RootFs { DiffIds = [Digest.Of(layer)] },
                History = [new HistoryEntry { Created = time, CreatedBy = "import", Comment = options.Comment }],
            }),
            [layer]);
        image = Keep(image, target);
        state.Note("image", "import", image.Id.ToString(), target?.ToFamiliarString());
        return Task.FromResult(image.Id);
    }

    private static byte[] ReadAll(Stream stream, CancellationToken cancellationToken)
    {
        using (stream)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
    }

    private static void EnsureTar(byte[] layer)
    {
        const int Block = 512;
        if (layer.Length % Block != 0)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArchive, "The root file system is not a tar stream: it ends in the middle of a block.");
        }

        FakeLayer.Apply(new FakeFileSystem(FakeRuntimeState.Epoch), new MemoryStream(layer));
    }

    private FakeImage? Pull(ImageReference image, RuntimePullOptions options)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(options);
        if (Held(image) is { } held && options.Policy is PullPolicy.Missing or PullPolicy.Never)
        {
            return held;
        }

        if (options.Policy == PullPolicy.Never)
        {
            return options.AllowMissing ? null : throw NoImage(image.ToFamiliarString(), "the policy is never to pull");
        }

        if (Held(image) is { } older && options.Policy == PullPolicy.Newer && IsAway(image.Registry))
        {
            // What cannot be asked leaves the held image in use.
            return older;
        }

        EnsurePulls(image, options.Credential);
        var pulled = Keep(FakeImage.Pulled(image, options.Platform ?? Linux, FakeRuntimeState.Epoch), image);
        state.Note("image", "pull", pulled.Id.ToString(), image.ToFamiliarString());
        return pulled;
    }

    private static void EnsurePulls(ImageReference image, RegistryCredential? credential)
    {
        switch (image.Registry)
        {
            case "missing.invalid":
                throw NoImage(image.ToFamiliarString(), "the registry has none");
            case "denied.invalid" when credential is null:
                throw new ZLayerException(
                    ZLayerErrorKind.RegistryAuthenticationFailed, $"Pulling {image.ToFamiliarString()}: the registry asks for a login.")
                {
                    Subject = image.ToFamiliarString(),
                    Advice = $"{DoorWords.Of("'zlayer login'", "Connect-ZLayerRegistry")} logs in.",
                };
            case "denied.invalid":
                break;
            case var host when IsAway(host):
                throw new ZLayerException(
                    ZLayerErrorKind.RegistryUnreachable, $"Pulling {image.ToFamiliarString()}: {host} cannot be reached.")
                {
                    Subject = image.ToFamiliarString(),
                };
        }
    }

    private static bool IsAway(string host)
        => host is not ("missing.invalid" or "denied.invalid")
            && host.Split(':')[0].EndsWith(".invalid", StringComparison.OrdinalIgnoreCase);

    private static void EnsureTag(ImageReference? target)
    {
        if (target?.Digest is not null)
        {
            Invalid($"'{target}' cannot be given to an image: a name with a digest comes from the content.", target.ToString());
        }
    }

    private FakeImage? Held(ImageReference image) => state.Images.Find(i => i.Names.Contains(WithTag(image)));

    private static ImageReference WithTag(ImageReference image)
        => image.Digest is null && image.Tag is null ? image.WithTag(ImageReference.DefaultTag) : image;

    private FakeImage Keep(FakeImage image, ImageReference? name)
    {
        var kept = state.Images.Find(i => i.Id == image.Id);
        if (kept is null)
        {
            kept = image;
            state.Images.Add(image);
        }

        if (name is not null)
        {
            Give(kept, name);
        }

        return kept;
    }

    private void Give(FakeImage image, ImageReference name)
    {
        name = WithTag(name);
        if (image.Names.Contains(name))
        {
            return;
        }

        state.Images.ForEach(i => i.Names.Remove(name));
        image.Names.Add(name);
    }

    private ImageRemoval Delete(FakeImage image)
    {
        var names = image.Names.ConvertAll(n => n.ToFamiliarString());
        state.Images.Remove(image);
        state.Note("image", "delete", image.Id.ToString(), names.FirstOrDefault());
        return new ImageRemoval
        {
            Untagged = names,
            Deleted = [image.Id.ToString(), .. image.Config.RootFs.DiffIds.Select(d => d.ToString())],
            ReclaimedBytes = image.Size,
        };
    }

    private FakeImage FindImage(string image)
    {
        if (TryFindImage(image) is { } found)
        {
            return found;
        }

        throw NoImage(image, null);
    }

    private FakeImage? TryFindImage(string image)
    {
        ArgumentNullException.ThrowIfNull(image);
        if (ImageReference.TryParse(image, out var reference) && Held(reference) is { } named)
        {
            return named;
        }

        var hex = image.StartsWith("sha256:", StringComparison.Ordinal) ? image[7..]
            : image.Contains('@', StringComparison.Ordinal) ? image[(image.LastIndexOf(':') + 1)..]
            : image;
        var begun = hex.Length == 0
            ? []
            : state.Images.FindAll(i => i.Id.Hex.StartsWith(hex, StringComparison.Ordinal) || i.ManifestDigest.Hex == hex);
        return begun.Count <= 1
            ? begun.FirstOrDefault()
            : throw Ambiguous(image, "is the beginning of more than one image id", begun.Select(i => i.Id.ShortHex));
    }

    private static ImageReference? NamedBy(FakeImage image, string text)
        => ImageReference.TryParse(text, out var reference) && image.Names.Contains(WithTag(reference)) ? WithTag(reference) : null;

    private ImageInfo Describe(FakeImage image, ImageReference? name) => new()
    {
        Reference = name,
        Repository = name?.FamiliarName ?? ImageInfo.NoName,
        Tag = name?.Tag ?? ImageInfo.NoName,
        Id = image.Id,
        Digest = image.ManifestDigest,
        RepoDigests = [.. image.Names.Select(n => $"{n.FamiliarName}@{image.ManifestDigest}").Distinct()],
        Platform = image.Config.Platform,
        Platforms = [image.Config.Platform],
        Created = image.Config.Created,
        Size = image.Size,
        MediaType = MediaTypes.OciManifest,
        Labels = image.Config.Config?.Labels ?? new Dictionary<string, string>(),
        Runtime = Name,
    };

    private static ZLayerException NoImage(string image, string? why)
        => new(ZLayerErrorKind.ImageNotFound, $"There is no image '{image}'{(why is null ? "" : $": {why}")}.")
        {
            Subject = image,
            Advice = $"{DoorWords.Of("'zlayer pull'", "Receive-ZLayerImage")} brings an image in; {DoorWords.Of("'zlayer images'", "Get-ZLayerImage")} lists those that are there.",
        };

    private static ZLayerException InUse(string image, string why, string advice)
        => new(ZLayerErrorKind.ImageInUse, $"The image '{image}' cannot be removed: {why}.") { Subject = image, Advice = advice };
}
