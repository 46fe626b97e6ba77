using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Solving;

/// <summary>
/// Finds the images that FROM, --from and named contexts name: in the store, a registry, an OCI layout or an archive. Each once for a
/// build; what is found is protected by the build's lease, with all its layers, until the build ends.
/// </summary>
internal sealed class BaseImages(
    BuildServices services, BuildOptions options, Lease lease, BuildEventSink events, CancellationToken buildEnd)
{
    private const string ImageScheme = "docker-image://";

    // What names led to when the build began. They may be removed or lead elsewhere before a step needs the image.
    private readonly Dictionary<string, Descriptor> _chosen = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<(string Name, Platform Platform, bool WithForeignLayers), Lazy<Task<StoredImage>>> _images
        = new();

    /// <summary>
    /// Chooses the images of the store that these names mean and protects them until the build ends, before the first step: what is here
    /// when a build begins is here when it is needed. Names that the store does not know are left to when they are needed.
    /// </summary>
    public void Choose(IEnumerable<string> names)
    {
        if (options.Pull is not (PullPolicy.Missing or PullPolicy.Never))
        {
            return; // The registry is asked first.
        }

        foreach (var reference in names.Where(name => !IsArchive(name) && !IsImageId(name) && ImageReference.TryParse(name, out _))
            .SelectMany(Candidates))
        {
            if (services.Images.Resolve(reference.ToString(), lease) is { } target)
            {
                _chosen[reference.ToString()] = target;
            }
        }
    }

    /// <summary>The image of a name as FROM has it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="platform">The platform.</param>
    /// <param name="withForeignLayers">
    /// True when files of a Windows image are to be read; what is only built upon needs its foreign layers not.
    /// </param>
    public Task<StoredImage> GetAsync(string name, Platform platform, bool withForeignLayers = false)
        => _images.GetOrAdd((name, platform, withForeignLayers), _ => new(() => FindAsync(name, platform, withForeignLayers))).Value;

    /// <summary>Whether the value of a named context is the empty image, which is in no registry.</summary>
    public static bool IsScratch(string value) => value == ImageScheme + NamedContexts.Scratch;

    /// <summary>The image of a named context's value, where the value is one of the image forms; null for directories and URLs.</summary>
    public Task<StoredImage>? GetFromContext(string value, Platform platform)
        => value.StartsWith(ImageScheme, StringComparison.Ordinal) ? GetAsync(value[ImageScheme.Length..], platform)
            : IsArchive(value)
                ? _images.GetOrAdd((value, platform, false), _ => new(() => LoadArchiveAsync(value, platform))).Value
                : null;

    /// <summary>The state of a stage right after FROM of this image.</summary>
    public StageState StateOf(StoredImage image, StageArguments arguments)
    {
        services.Log.LogInformation(
            "The base image is {Digest} for {Platform}", image.ManifestDescriptor.Digest, image.Config.Os + "/" + image.Config.Architecture);
        var layers = image.Config.RootFs.DiffIds.Zip(image.Manifest.Layers, (d, b) => new StageLayer(d, b)).ToImmutableList();
        foreach (var layer in layers.Where(l => services.Layers.FindBlobs(l.DiffId).Count == 0))
        {
            services.Layers.AddBlob(layer.DiffId, layer.BaseBlob!);
        }

        return new StageState
        {
            Layers = layers,
            BaseLayerCount = layers.Count,
            Image = WithOsVersion(image),
            History = [.. image.Config.History ?? []],
            BaseHistoryCount = image.Config.History?.Count ?? 0,
            Created = image.Config.Created ?? DateTimeOffset.UnixEpoch,
            Arguments = arguments,
        };
    }

    // The entry of an index is where publishers of Windows images state the version; configs may lack it.
    private static ImageConfig WithOsVersion(StoredImage image)
        => image.Config.Os == "windows" && image.ManifestDescriptor.Platform?.OsVersion is { Length: > 0 } version
            ? image.Config with { OsVersion = version }
            : image.Config;

    private static bool IsArchive(string value)
        => value.StartsWith("oci-layout://", StringComparison.Ordinal) || value.StartsWith("docker-archive://", StringComparison.Ordinal)
            || value.StartsWith("oci-archive://", StringComparison.Ordinal);

    private async Task<StoredImage> FindAsync(string name, Platform platform, bool withForeignLayers)
    {
        if (IsArchive(name))
        {
            // FROM and --from of a stranger's Dockerfile or trigger would read files of this machine outside of the context.
            throw new ZLayerException(
                ZLayerErrorKind.BuildStepInvalid, $"'{name}' is a path on this machine, which only the caller of a build can name.")
            {
                Subject = name,
                Advice = $"Write FROM NAME, and pass {DoorWords.Of($"--build-context NAME={name}", $"-BuildContext @{{ NAME = '{name}' }}")}.",
            };
        }

        if (IsImageId(name) && services.Images.Find(name, platform, lease) is { } byId)
        {
            return FindMissing(byId, withForeignLayers: false) is { } missing ? throw Incomplete(name, missing) : byId;
        }

        var candidates = Candidates(name);
        ZLayerException? incomplete = null;
        foreach (var reference in candidates)
        {
            if (options.Pull is PullPolicy.Missing or PullPolicy.Never && FindLocal(reference, platform) is { } local)
            {
                if (FindMissing(local, withForeignLayers && options.Pull != PullPolicy.Never) is null)
                {
                    return local;
                }

                incomplete = FindMissing(local, withForeignLayers: false) is { } missing ? Incomplete(name, missing) : null;
            }
        }

        if (incomplete is not null && options.Pull == PullPolicy.Never)
        {
            throw incomplete;
        }

        ZLayerException? failure = null;
        foreach (var reference in candidates)
        {
            try
            {
                return await PullAsync(reference, platform, withForeignLayers).ConfigureAwait(false);
            }
            catch (ZLayerException e) when (incomplete is not null)
            {
                failure = new ZLayerException(incomplete.Kind, $"{incomplete.Message} Nor could it be pulled: {e.Message}", e)
                {
                    Subject = incomplete.Subject,
                    AdviceWords = incomplete.AdviceWords,
                };
            }
            catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.ImageNotFound && candidates.Count > 1)
            {
                failure = e;
            }
        }

        throw failure!;
    }

    private StoredImage? FindLocal(ImageReference reference, Platform platform)
        => _chosen.TryGetValue(reference.ToString(), out var target)
            ? services.Images.Find(target, platform, reference.ToString())
            : services.Images.Find(reference.ToString(), platform, lease);

    private Descriptor? FindMissing(StoredImage image, bool withForeignLayers)
        => image.Manifest.Layers.FirstOrDefault(l => (!l.IsForeign || withForeignLayers) && !services.Content.Contains(l.Digest));

    private static ZLayerException Incomplete(string name, Descriptor missing)
        => new(ZLayerErrorKind.StorageReadFailed, $"The store does not hold all of the image {name} any more: layer {missing.Digest} is missing.")
        {
            Subject = missing.Digest.ToString(),
            Advice = "Pull, load or build it again, and name it: an image without a name goes when something else is removed.",
        };

    private static bool IsImageId(string name)
        => name.StartsWith("sha256:", StringComparison.Ordinal) || (name.Length == 64 && name.All(char.IsAsciiHexDigitLower));

    private List<ImageReference> Candidates(string name)
    {
        var reference = ImageReference.Parse(name);
        var isShort = !name.Contains('/', StringComparison.Ordinal) && options.DefaultRegistry is not null;
        return isShort ? [ImageReference.Parse($"{options.DefaultRegistry}/{name}"), reference] : [reference];
    }

    private async Task<StoredImage> PullAsync(ImageReference reference, Platform platform, bool withForeignLayers)
    {
        var title = reference.ToFamiliarString();
        var progress = new TransferRelay(events, title);
        try
        {
            var pulled = await services.Puller
                .PullAsync(
                    reference, new PullOptions { Platform = platform, Policy = options.Pull, SkipForeignLayers = !withForeignLayers
                        && platform.Os == "windows" }, lease, progress, buildEnd)
                .ConfigureAwait(false);
            return services.Images.Load(pulled, platform, title);
        }
        catch (ZLayerException e) when (options.Pull == PullPolicy.Newer && e.Kind == ZLayerErrorKind.RegistryUnreachable
            && services.Images.Find(reference.ToString(), platform, lease) is { } local && FindMissing(
                local, withForeignLayers: false) is null)
        {
            events.Warn($"{title}: {e.Message} The local copy is used.");
            return local;
        }
    }

    private async Task<StoredImage> LoadArchiveAsync(string value, Platform platform)
    {
        var path = value[(value.IndexOf("://", StringComparison.Ordinal) + 3)..];
        string? wanted = null;
        if (!Path.Exists(path))
        {
            // layout:tag and layout@digest: the separator stands after the path.
            var separator = Math.Max(path.LastIndexOf('@'), path.IndexOf('@', StringComparison.Ordinal) < 0 ? path.LastIndexOf(':') : -1);
            if (separator > 0)
            {
                (path, wanted) = (path[..separator], path[(separator + 1)..]);
            }
        }

        var images = await services.Archives.ReadAsync(path, buildEnd).ConfigureAwait(false);
        var match = images.FirstOrDefault(
            i => wanted is null || i.Target.Digest.ToString() == wanted || i.Reference?.Tag == wanted || i.Name == wanted)
            ?? throw new ZLayerException(ZLayerErrorKind.ImageNotFound, $"{value}: the archive has no image '{wanted}'.")
            {
                Subject = value,
                Advice = "It has: " + string.Join(", ", images.Select(i => i.Name ?? i.Target.Digest.ToString())) + ".",
            };
        lease.Protect(match.Target.Digest);
        return services.Images.Load(match.Target, platform, value);
    }

    private sealed class TransferRelay(BuildEventSink events, string title) : IProgress<TransferProgress>
    {
        private readonly int _step = events.NextStep();

        public void Report(TransferProgress value)
            => events.Report(new InstructionProgress(_step, -1, -1, $"{title} {value.Id} {value.Status}", value.Current, value.Total));
    }
}
