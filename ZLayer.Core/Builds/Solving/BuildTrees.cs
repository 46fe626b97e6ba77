using System.Collections.Concurrent;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Solving;

/// <summary>
/// The trees that steps read: the build context, named contexts, stages and images. Each is opened once and shared by all steps; disposing
/// saves what was learnt about files.
/// </summary>
internal sealed class BuildTrees : IAsyncDisposable
{
    private readonly BuildServices _services;
    private readonly BuildOptions _options;
    private readonly BuildSession _session;
    private readonly CancellationToken _buildEnd;
    private readonly Lazy<DirectoryTree> _context;
    private readonly Lazy<IgnoreFile> _ignore;
    private readonly Lazy<RemoteSources> _remote;
    private readonly ConcurrentDictionary<string, Lazy<IFileTree>> _stacks = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<IFileTree>> _layers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Lazy<Task<CopySource>>> _directories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDigestCache> _digests = new(StringComparer.Ordinal);

    public BuildTrees(BuildServices services, BuildOptions options, BuildSession session, CancellationToken buildEnd)
    {
        _services = services;
        _options = options;
        _session = session;
        _buildEnd = buildEnd;
        _remote = new Lazy<RemoteSources>(() => new RemoteSources(services.Layout, services.Http.Value, services.Environment));
        _context = new Lazy<DirectoryTree>(OpenContext);
        _ignore = new Lazy<IgnoreFile>(() => DockerfileSource.ReadIgnoreFile(options));
    }

    /// <summary>Fetches URLs and git repositories.</summary>
    public RemoteSources Remote => _remote.Value;

    /// <summary>The build context.</summary>
    /// <exception cref="ZLayerException">InvalidArgument when the build has none.</exception>
    public IFileTree Context => _context.Value;

    /// <summary>What is hidden of the build context.</summary>
    public IgnoreFile Ignore => _ignore.Value;

    /// <summary>The build context as a source.</summary>
    public TreeSource ContextSource
        => new(Context, "", ResetOwner: true, State: null) { HostDirectory = Ignore.IsEmpty ? _options.ContextDirectory : null };

    /// <summary>
    /// What <c>--from</c> of an instruction names: a named context, an earlier stage, or an image, which is one for the platform of
    /// the build.
    /// </summary>
    public async Task<TreeSource> ResolveAsync(string from, StageContext stage, Instruction instruction)
    {
        var platform = stage.Planned.TargetPlatform;
        if (NamedContexts.Find(_options, from) is { } value)
        {
            if (BaseImages.IsScratch(value))
            {
                return OfScratch(platform);
            }

            if (_session.Bases.GetFromContext(value, platform) is { } image)
            {
                return OfImage(await image.ConfigureAwait(false), from);
            }

            var source = await OpenNamedAsync(from, value).ConfigureAwait(false);
            return new TreeSource(source.Tree, source.Path, ResetOwner: true, State: null);
        }

        if (_session.Plan.Planner.FindRead(stage.Planned, instruction, from) is { } earlier)
        {
            var solved = await _session.GetStageAsync(earlier.Id).ConfigureAwait(false);
            return new TreeSource(OpenSource(solved.State, "stage " + earlier.Title), "", ResetOwner: false, solved.State);
        }

        return from == NamedContexts.Scratch
            ? OfScratch(platform)
            : OfImage(await _session.Bases.GetAsync(from, platform, withForeignLayers: true).ConfigureAwait(false), from);
    }

    /// <summary>The file system of a stage or image.</summary>
    public IFileTree Open(StageState state, string description)
        => _stacks.GetOrAdd(
            string.Join(' ', state.DiffIds),
            _ => new Lazy<IFileTree>(
                () => new StackedTree([.. state.Layers.Select((_, i) => OpenLayer(state.DiffIds, i, description))], description))).Value;

    /// <summary>
    /// What a step writes onto: the files of the stage, or of a Windows stage those that are not in foreign layers; null for nothing.
    /// </summary>
    public IFileTree? OpenTarget(StageState state, string description)
        => IsWindows(state) ? OpenOrdinary(state, description, absence: null) : state.Layers.IsEmpty ? null : Open(state, description);

    /// <summary>The files of a stage or image as COPY --from sees them.</summary>
    private IFileTree OpenSource(StageState state, string description)
    {
        if (!IsWindows(state))
        {
            return Open(state, description);
        }

        var isWhole = state.Layers.Take(state.BaseLayerCount)
            .All(l => _services.Layers.FindBlobs(l.DiffId).Any(b => _services.Content.Contains(b.Digest)));
        return (isWhole
                ? Shared("windows " + string.Join(' ', state.DiffIds), () => new WindowsFileTree(Open(state, description)))
                : OpenOrdinary(
                    state, description, "The foreign layers of the base image are not in the store, so that its files cannot be read."))
            ?? new WindowsFileTree(new StackedTree([], description));
    }

    // What is foreign is left out whether the store has it or not, so that the same build makes the same image everywhere.
    private IFileTree? OpenOrdinary(StageState state, string description, string? absence)
    {
        var layers = state.Layers.Where(layer => layer.BaseBlob is not { IsForeign: true }).Select(layer => layer.DiffId).ToList();
        return layers.Count == 0 && absence is null ? null : Shared(
            $"ordinary {absence is null} {string.Join(' ', layers)}",
            () => new WindowsFileTree(
                new StackedTree([.. layers.Select((_, i) => OpenLayer(layers, i, description))], description), absence));
    }

    private IFileTree Shared(string key, Func<IFileTree> open) => _stacks.GetOrAdd(key, _ => new Lazy<IFileTree>(open)).Value;

    private static bool IsWindows(StageState state) => state.Image.Os == "windows";

    /// <summary>The files of a named context as the one layer of a base.</summary>
    public async Task<Digest> ToLayerAsync(StageBase.NamedContext context, Platform platform, CancellationToken cancellationToken)
    {
        var source = await OpenNamedAsync(context.Name, context.Value).ConfigureAwait(false);
        return await Task.Run(
            () =>
            {
                var copy = PreparedCopy.Prepare(
                    new CopyRequest { Sources = [source with { ResetOwner = true }], Destination = "/", LatestTime = _options.SourceDateEpoch, IsWindows = platform.Os == "windows" },
                    cancellationToken);
                using var layer = _services.Content.CreateLayer(earlier: null);
                copy.WriteLayer(layer, null, cancellationToken);
                return _session.KeepLayer(layer).Digest;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_context.IsValueCreated)
        {
            _context.Value.Dispose();
        }

        foreach (var layer in _layers.Values.Where(l => l.IsValueCreated))
        {
            layer.Value.Dispose();
        }

        foreach (var directory in _directories.Values.Where(d => d.IsValueCreated && d.Value.IsCompletedSuccessfully))
        {
            (await directory.Value.ConfigureAwait(false)).Tree.Dispose();
        }
    }

    private TreeSource OfImage(StoredImage image, string name)
    {
        var state = _session.Bases.StateOf(image, NoArguments());
        return new TreeSource(OpenSource(state, "image " + name), "", ResetOwner: false, state);
    }

    private TreeSource OfScratch(Platform platform)
    {
        var state = BuildSession.EmptyState(platform, NoArguments());
        return new TreeSource(OpenSource(state, NamedContexts.Scratch), "", ResetOwner: false, state);
    }

    private StageArguments NoArguments() => new(_session.Plan.Globals.Values.First(), _session.Plan.Dockerfile.Escape);

    private DirectoryTree OpenContext()
        => _options.ContextDirectory is { } directory
            ? new DirectoryTree(directory, new DirectoryTreeOptions
            {
                Ignore = Ignore,
                Digests = DigestsOf(directory),
            })
            : throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, "The Dockerfile copies files, but the build has no context directory.")
            {
                Advice = "Name the directory that holds the files.",
            };

    private Task<CopySource> OpenNamedAsync(string name, string value)
        => _directories.GetOrAdd(value, _ => new Lazy<Task<CopySource>>(() => OpenDirectoryAsync(name, value))).Value;

    private async Task<CopySource> OpenDirectoryAsync(string name, string value)
    {
        if (RemoteSources.IsRemote(value))
        {
            return await Remote.FetchAsync(value, new RemoteSourceOptions(), _buildEnd).ConfigureAwait(false);
        }

        var directory = value.StartsWith("local:", StringComparison.Ordinal) ? value["local:".Length..] : value;
        var tree = new DirectoryTree(directory, new DirectoryTreeOptions
        {
            Description = $"the build context '{name}'",
            Ignore = DockerfileSource.ReadIgnoreFile(directory),
            Digests = DigestsOf(directory),
        });
        return new CopySource(tree, "");
    }

    // A plain layer is read where it lies; others are extracted once and kept. Without privileges the files of an extracted layer do not
    // have their own owners: there the tar is always better. Every stack that a layer is part of shares its tree: a stage of many steps
    // opens each layer once, not once for each step.
    private IFileTree OpenLayer(IReadOnlyList<Digest> stack, int index, string description)
    {
        var diffId = stack[index];
        var isPlain = _services.Content.Contains(diffId);
        if (isPlain && (!Environment.IsPrivilegedProcess || _services.Layers.FindDirectory(diffId) is null))
        {
            return Share(diffId.ToString(), () => OpenPlainLayer(diffId, description));
        }

        var directory = _services.Layers.EnsureDirectories([.. stack.Take(index + 1)], _buildEnd)[^1];
        return Share(directory, () => new LayerDirectoryTree(directory, description, DigestsOf(diffId.ToString())));
    }

    private IFileTree Share(string key, Func<IFileTree> open) => _layers.GetOrAdd(key, _ => new Lazy<IFileTree>(open)).Value;

    private TarTree OpenPlainLayer(Digest diffId, string description)
    {
        var tar = _services.Content.OpenRead(diffId);
        try
        {
            return tar.Length > 0
                ? new TarTree(tar, description, DigestsOf(diffId.ToString()), _buildEnd)
                : throw new ZLayerException(ZLayerErrorKind.InvalidArchive, "The file is empty.");
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.InvalidArchive)
        {
            tar.Dispose();
            throw new ZLayerException(
                ZLayerErrorKind.StorageReadFailed, $"Layer {diffId} of {description} is damaged in the store: {e.Message}", e)
            {
                Subject = diffId.ToString(),
                Advice = "Remove the image, then pull, load or build it again.",
            };
        }
    }

    private FileDigestCache DigestsOf(string key)
    {
        lock (_digests)
        {
            return _digests.TryGetValue(key, out var digests) ? digests : _digests[key] = FileDigestCache.Open(_services.Layout, key);
        }
    }
}

/// <summary>A tree that a step reads from.</summary>
/// <param name="Tree">The files.</param>
/// <param name="Root">The path in the tree that counts as its root.</param>
/// <param name="ResetOwner">Whether its files become root's, as those of contexts do.</param>
/// <param name="State">The stage or image that it is; null for directories.</param>
internal sealed record TreeSource(IFileTree Tree, string Root, bool ResetOwner, StageState? State)
{
    /// <summary>The directory on the host that holds just these files; null where some are hidden or the files are elsewhere.</summary>
    public string? HostDirectory { get; init; }

    /// <summary>A path of the tree, below <see cref="Root"/>.</summary>
    public string Below(string path) => Root.Length == 0 || Root == "." ? path : Root + "/" + path.TrimStart('/');
}
