using System.Net;
using System.Runtime.CompilerServices;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Docker.Mapping;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>Images that the engine holds: <see cref="IRuntimeImages"/> without what a registry is asked for.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerImages(ChosenEngine engine)
{
    private const int ConcurrentInspections = 8;
    private const int MostLoaded = 100_000;
    private const string LoadedName = "Loaded image: ";
    private const string LoadedId = "Loaded image ID: ";

    public async Task<IReadOnlyList<ImageInfo>> ListImagesAsync(CancellationToken cancellationToken = default)
    {
        var summaries = await engine.Client.GetListAsync(
            EngineRequest.Get(
                $"images/json", EnginePurpose.ForEngine("list the images")), DocumentsJson.Default.IReadOnlyListImageSummaryDocument, cancellationToken).ConfigureAwait(false);
        var infos = new IReadOnlyList<ImageInfo>[summaries.Count];
        // Lists have no platforms: each image is asked for its own.
        await Parallel.ForAsync(0, summaries.Count, new ParallelOptions { MaxDegreeOfParallelism = ConcurrentInspections, CancellationToken = cancellationToken }, async (index, token) =>
        {
            infos[index] = await FindPlatformAsync(summaries[index], token).ConfigureAwait(false) is { } platform
                ? [.. ImageMapping.Infos(summaries[index], platform, engine.Name)]
                : [];
        }).ConfigureAwait(false);
        return [.. infos.SelectMany(info => info)];
    }

    public async Task<ImageRemoval> RemoveImageAsync(string image, bool force = false, CancellationToken cancellationToken = default)
    {
        var request = EngineRequest.Delete(
            $"images/{image}", EnginePurpose.ForImage("remove", image)) with { Query = new EngineQuery { { "force", force } } };
        var removed = await engine.Client.GetListAsync(
            request, DocumentsJson.Default.IReadOnlyListRemovedImageDocument, cancellationToken).ConfigureAwait(false);
        return new ImageRemoval
        {
            Untagged = [.. removed.Select(part => part.Untagged).OfType<string>().Select(ImageMapping.Familiar)],
            Deleted = [.. removed.Select(part => part.Deleted).OfType<string>().Select(ImageMapping.DeletedId)],
        };
    }

    public async Task<PruneResult> PruneImagesAsync(bool all = false, CancellationToken cancellationToken = default)
    {
        var request = EngineRequest.Post($"images/prune", EnginePurpose.ForEngine("remove unused images")) with
        {
            Query = new EngineQuery { { "filters", [new("dangling", [all ? "false" : "true"])] } },
        };
        var pruned = await engine.Client.GetAsync(
            request, DocumentsJson.Default.PrunedImagesDocument, cancellationToken).ConfigureAwait(false);
        return new PruneResult
        {
            Kind = StorageKind.Image,
            Removed = [.. (pruned.ImagesDeleted
                ?? []).Select(part => part.Deleted is { } id ? ImageMapping.DeletedId(id)
                    : part.Untagged is { } name ? ImageMapping.Familiar(name)
                    : null)
                .OfType<string>()],
            ReclaimedBytes = pruned.SpaceReclaimed,
        };
    }

    public async Task TagImageAsync(string source, ImageReference target, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        var request = EngineRequest.Post($"images/{source}/tag", EnginePurpose.ForImage("tag", source)) with
        {
            Query = new EngineQuery { { "repo", RepositoryOf(target, "tag as") }, { "tag", target.Tag } },
        };
        await engine.Client.SendAsync(request, cancellationToken).ConfigureAwait(false);
    }

    public async Task<ImageInspection> InspectImageAsync(string image, CancellationToken cancellationToken = default)
    {
        var purpose = EnginePurpose.ForImage("inspect", image);
        var request = EngineRequest.Get($"images/{image}/json", purpose);
        var (document, raw) = await engine.Client.GetRawAsync(
            request, DocumentsJson.Default.ImageDocument, cancellationToken).ConfigureAwait(false);
        return ImageMapping.Inspection(document, raw, engine.Name)
            ?? throw EngineFailure.Unreadable(purpose, engine.Client.Endpoint, "it has no id, or one of no image");
    }

    public async Task<IReadOnlyList<ImageHistoryEntry>> GetImageHistoryAsync(string image, CancellationToken cancellationToken = default)
        => ImageMapping.History(await engine.Client.GetListAsync(
            EngineRequest.Get(
                $"images/{image}/history", EnginePurpose.ForImage("read the history of", image)), DocumentsJson.Default.IReadOnlyListImageHistoryDocument, cancellationToken).ConfigureAwait(false));

    public async Task<IReadOnlyList<ImageSearchResult>> SearchImagesAsync(
        string term, int limit = 0, CancellationToken cancellationToken = default)
    {
        if (string.IsNullOrWhiteSpace(term))
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "Cannot search for images: the term is blank.")
            {
                Advice = "Name what is looked for.",
            };
        }

        var purpose = EnginePurpose.ForEngine($"search for '{term}'") with { Refine = RegistryWords.KindOf, Advise = RegistryWords.Advise };
        var request = EngineRequest.Get($"images/search", purpose) with { Query = new EngineQuery { { "term", term.Trim() }, { "limit", limit > 0
            ? limit
            : default(long?) } } };
        var found = await engine.Client.GetListAsync(
            request, DocumentsJson.Default.IReadOnlyListSearchDocument, cancellationToken).ConfigureAwait(false);
        return [.. found.Select(result => new ImageSearchResult
        {
            Name = result.Name ?? "",
            Description = result.Description ?? "",
            StarCount = result.StarCount,
            IsOfficial = result.IsOfficial,
            IsAutomated = result.IsAutomated,
        })];
    }

    public async Task<Stream> SaveImagesAsync(IReadOnlyList<string> images, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (images.Count == 0)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "Cannot save images: none is named.")
            {
                Advice = "Name at least one image.",
            };
        }

        var query = new EngineQuery();
        foreach (var image in images)
        {
            query.Add("names", image);
        }

        var request = EngineRequest.Get(
            $"images/get", EnginePurpose.ForImage("save", string.Join("', '", images))) with { Query = query, IsTransfer = true };
        return await engine.Client.OpenAsync(request, cancellationToken).ConfigureAwait(false);
    }

    public async IAsyncEnumerable<LoadProgress> LoadImagesAsync(
        Stream archive, bool quiet = false, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(archive);
        var request = EngineRequest.Post(
            $"images/load", ArchivePurpose(
                "load images from an archive", hasArguments: false)) with { Query = new EngineQuery { { "quiet", quiet } }, Body = EngineBody.FromStream(archive) };
        var references = new List<string>();
        await foreach (var message in engine.Client.StreamMessagesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            references.AddRange((message.Stream ?? "").Split('\n').SelectMany(Loaded));
            if (references.Count > MostLoaded)
            {
                throw EngineFailure.Unreadable(request.Purpose, engine.Client.Endpoint, $"it tells of more than {MostLoaded} images");
            }

            if (!quiet && (message.Status ?? message.Stream)?.TrimEnd('\n') is { Length: > 0 } status)
            {
                yield return new LoadStatus(
                    message.Id, status, message.Progress is { Current: > 0 } current
                        ? current.Current
                        : null, message.Progress is { Total: > 0 } total ? total.Total : null);
            }
        }

        yield return references.Count > 0
            ? new LoadDone(references)
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArchive, "Cannot load images from an archive: the engine found no image in it.")
            {
                Advice = "Check that it is an archive of 'docker save' or of an OCI layout with names; a root file system is imported instead.",
            };
    }

    public async Task<Digest> ImportImageAsync(
        Stream rootFileSystem, ImageReference? target, ImageImportOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rootFileSystem);
        ArgumentNullException.ThrowIfNull(options);
        var repository = RepositoryOf(target, "import as");
        var query = new EngineQuery
        {
            { "fromSrc", "-" },
            // The name as one, as docker's command line sends it: Podman 4 reads no tag beside it.
            { "repo", target?.Tag is { } tag ? $"{repository}:{tag}" : repository },
            { "message", options.Comment },
            { "platform", options.Platform?.ToString() },
        };
        AddChanges(query, options.Changes);
        var request = EngineRequest.Post(
            $"images/create", ArchivePurpose(
                "import a root file system", hasArguments: true)) with { Query = query, Body = EngineBody.FromStream(rootFileSystem) };
        Digest? imported = null;
        await foreach (var message in engine.Client.StreamMessagesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            imported = Digest.TryParse((message.Status ?? message.Stream)?.Trim(), out var digest) ? digest : imported;
        }

        return imported ?? throw EngineFailure.Unreadable(request.Purpose, engine.Client.Endpoint);
    }

    /// <summary>The platform of an image in a list; null when the image is gone, or has no id.</summary>
    private async Task<Platform?> FindPlatformAsync(ImageSummaryDocument summary, CancellationToken cancellationToken)
    {
        if (!ImageMapping.TryId(summary.Id, out _))
        {
            return null;
        }

        try
        {
            var request = EngineRequest.Get($"images/{summary.Id}/json", EnginePurpose.ForImage("inspect", summary.Id));
            return ImageMapping.Platform(
                await engine.Client.GetAsync(request, DocumentsJson.Default.ImageDocument, cancellationToken).ConfigureAwait(false));
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ImageNotFound)
        {
            // It was removed meanwhile.
            return null;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.RuntimeError)
        {
            // One image that the engine cannot tell about does not hide the others.
            return ImageMapping.Platform(new ImageDocument());
        }
    }

    private static IEnumerable<string> Loaded(string line)
        => line.StartsWith(
            LoadedName, StringComparison.Ordinal) ? line[LoadedName.Length..].Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(ImageMapping.Familiar)
            : line.StartsWith(LoadedId, StringComparison.Ordinal) ? [line[LoadedId.Length..].Trim()]
            : [];

    /// <summary>The repository of a new name; a digest cannot be given to an image.</summary>
    public static string? RepositoryOf(ImageReference? target, string attempt)
        => target?.Digest is null ? target?.Name
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"Cannot {attempt} '{target}': a name with a digest is not given, it comes from the content.")
            {
                Subject = target.ToString(),
                Advice = "Name a tag.",
            };

    public static void AddChanges(EngineQuery query, IEnumerable<string> changes)
    {
        foreach (var change in changes)
        {
            query.Add("changes", change);
        }
    }

    /// <summary>The engine says of most archives that it cannot use what its own code ran into.</summary>
    /// <param name="attempt">What is attempted.</param>
    /// <param name="hasArguments">Whether an argument may be wrong in place of the archive.</param>
    private static EnginePurpose ArchivePurpose(string attempt, bool hasArguments)
        => EnginePurpose.ForEngine(attempt) with
        {
            Refine = (status, said) => said.Contains(
                "no space left on device", StringComparison.OrdinalIgnoreCase) ? ZLayerErrorKind.StorageFull
                : hasArguments && said.Contains("invalid change", StringComparison.OrdinalIgnoreCase) ? ZLayerErrorKind.InvalidArgument
                : (status == HttpStatusCode.BadRequest && hasArguments)
                    || status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout ? null
                : ZLayerErrorKind.InvalidArchive,
        };
}
