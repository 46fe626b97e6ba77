using System.Globalization;
using System.Text;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Pieces;

namespace ZLayer.Core.Builds.Solving;

/// <summary>One COPY or ADD: its sources, its inputs for the cache, and its layer.</summary>
internal sealed class CopyStep(BuildSession session, StageContext stage, Instruction instruction, StepPosition position)
{
    // Above this, writing the layer and hashing the files in one pass beats hashing first: the files are read once.
    private const long WriteFirstBytes = 8 * 1024 * 1024;

    private readonly StageState _state = stage.State;
    private readonly bool _isWindows = stage.State.Image.Os == "windows";
    // With --chmod, BuildKit copies as it does without --link.
    private readonly bool _link = instruction is CopyInstruction { Link: true, Chmod: null } or AddInstruction { Link: true, Chmod: null };

    /// <summary>Takes the step from the cache or writes the layer.</summary>
    public async Task<StepResult> SolveAsync(CancellationToken cancellationToken)
    {
        var sources = await ResolveSourcesAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => SolveAsync(sources, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            sources.Dispose();
        }
    }

    private async Task<StepResult> SolveAsync(OpenSources sources, CancellationToken cancellationToken)
    {
        var copy = PreparedCopy.Prepare(Request(sources.Sources), cancellationToken);
        PiecedLayerWriter? layer = null;
        try
        {
            CopySummary? summary = null;
            if (copy.UnknownBytes > WriteFirstBytes)
            {
                (layer, summary) = await WriteAsync(copy, cancellationToken).ConfigureAwait(false);
            }

            var inputs = Describe(copy.ComputeDigest(cancellationToken));
            var manifestPath = Path.Combine(session.Services.Layout.Cache, "copies", stage.Family(position.Index));
            var step = new CacheableStep(
                stage.Family(position.Index),
                StepPosition.ShortTitle(instruction),
                instruction.ShownText,
                inputs,
                () => CopyManifest.Load(manifestPath) is { } earlier ? copy.GetManifest(cancellationToken).ExplainChanges(earlier) : null)
            {
                Below = [.. sources.Layers, .. _state.DiffIds],
            };
            return await session.Steps.GetAsync(step, ExecuteAsync, cancellationToken).ConfigureAwait(false);

            async Task<StepProduct> ExecuteAsync(CancellationToken ct)
            {
                if (layer is null)
                {
                    (layer, summary) = await WriteAsync(copy, ct).ConfigureAwait(false);
                }

                copy.GetManifest(ct).Save(manifestPath);
                try
                {
                    return Commit(layer, summary!);
                }
                catch (LostPieceException)
                {
                    // Collected since it was taken over.
                    layer.Dispose();
                    (layer, summary) = await WriteAsync(copy, earlier: null, ct).ConfigureAwait(false);
                    return Commit(layer, summary);
                }
            }
        }
        finally
        {
            layer?.Dispose();
        }
    }

    private CopyRequest Request(IReadOnlyList<CopySource> sources)
    {
        var request = new CopyRequest
        {
            Sources = sources,
            Destination = "",
            WorkingDirectory = string.IsNullOrEmpty(_state.Config.WorkingDir) ? "/"
                : _isWindows ? WindowsPaths.Normalize(_state.Config.WorkingDir)
                : _state.Config.WorkingDir,
            IsWindows = _isWindows,
            Location = instruction.Location,
            Instruction = instruction.Name,
            CreationTime = CreationTime(),
            LatestTime = session.Options.SourceDateEpoch,
            Warning = session.Events.Warn,
        };
        request = instruction switch
        {
            CopyInstruction copy => request with
            {
                Destination = copy.Destination,
                Chown = copy.Chown,
                Chmod = copy.Chmod,
                Parents = copy.Parents,
                Excludes = copy.Excludes,
            },
            AddInstruction add => request with
            {
                Destination = add.Destination,
                Chown = add.Chown,
                Chmod = add.Chmod,
                Excludes = add.Excludes,
            },
            _ => throw new InvalidOperationException(instruction.Name),
        };
        return _isWindows ? ForWindows(request) : request;
    }

    // Owners and modes mean nothing to Windows, as in Docker; a Dockerfile for several systems may well have them.
    private CopyRequest ForWindows(CopyRequest request)
    {
        foreach (var flag in (string?[])[request.Chown is null ? null : "--chown", request.Chmod is null ? null : "--chmod"])
        {
            if (flag is not null)
            {
                session.Events.Warn($"{instruction.Name} {flag} has no effect in a Windows image ({instruction.Location}).");
            }
        }

        return request with { Destination = instruction.Locate(
            () => WindowsPaths.NormalizeNew(request.Destination)), Chown = null, Chmod = null };
    }

    private string WindowsPath(string path) => instruction.Locate(() => WindowsPaths.Normalize(path));

    // What a step makes by itself (parent directories, heredocs) takes the time of what it stands on: the same on every machine.
    private DateTimeOffset CreationTime() => _link ? DateTimeOffset.UnixEpoch : _state.Created;

    private StepInputs Describe(Digest content)
    {
        var inputs = new StepInputs();
        // Not the credentials: what they give is the content, and those of tomorrow give the same.
        inputs.Add("instruction", instruction.ShownText);
        if (_link)
        {
            inputs.Add("base", "link");
        }
        else
        {
            stage.DescribeParent(inputs);
        }

        inputs.Add("content", content.ToString());
        if (session.Options.SourceDateEpoch is { } epoch)
        {
            inputs.Add("epoch", epoch.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        }

        return inputs;
    }

    private async Task<(PiecedLayerWriter Layer, CopySummary Summary)> WriteAsync(PreparedCopy copy, CancellationToken cancellationToken)
    {
        try
        {
            return await WriteAsync(copy, EarlierLayer(), cancellationToken).ConfigureAwait(false);
        }
        catch (LostPieceException)
        {
            return await WriteAsync(copy, earlier: null, cancellationToken).ConfigureAwait(false);
        }
    }

    // What this step made the last time: most of its pieces are those of today.
    private Digest? EarlierLayer()
        => session.Services.Steps.FindLatest(stage.Family(position.Index)) is { Layers: [.., var layer] } ? layer : null;

    private async Task<(PiecedLayerWriter Layer, CopySummary Summary)> WriteAsync(
        PreparedCopy copy, Digest? earlier, CancellationToken cancellationToken)
    {
        await session.Slots.WaitAsync(cancellationToken).ConfigureAwait(false);
        var layer = session.Services.Content.CreateLayer(earlier);
        try
        {
            var target = _link ? null : session.Trees.OpenTarget(_state, "stage " + stage.Planned.Title);
            return (layer, copy.WriteLayer(layer, target, cancellationToken));
        }
        catch
        {
            layer.Dispose();
            throw;
        }
        finally
        {
            session.Slots.Release();
        }
    }

    private StepProduct Commit(PiecedLayerWriter layer, CopySummary summary)
        => new([session.KeepLayer(layer).Digest], summary.NewestTime);

    private async Task<OpenSources> ResolveSourcesAsync(CancellationToken cancellationToken)
    {
        var open = new OpenSources();
        try
        {
            switch (instruction)
            {
                case CopyInstruction copy:
                    await AddFilesAsync(open, copy.Sources, copy.From).ConfigureAwait(false);
                    AddInline(open, copy.InlineFiles);
                    break;
                case AddInstruction add:
                    await AddAsync(open, add, cancellationToken).ConfigureAwait(false);
                    AddInline(open, add.InlineFiles);
                    break;
            }

            return open;
        }
        catch
        {
            open.Dispose();
            throw;
        }
    }

    private async Task AddFilesAsync(OpenSources open, IReadOnlyList<string> paths, string? from)
    {
        if (paths.Count == 0)
        {
            return;
        }

        if (paths.FirstOrDefault(RemoteSources.IsRemote) is { } url)
        {
            throw new ZLayerException(
                ZLayerErrorKind.BuildStepInvalid, $"COPY {AddressRedaction.Redact(url)}: COPY does not fetch addresses ({instruction.Location}).")
            {
                Subject = instruction.Location.ToString(),
                Advice = "Use ADD, which downloads.",
            };
        }

        var source = from is null
            ? session.Trees.ContextSource
            : await session.Trees.ResolveAsync(from, stage, instruction).ConfigureAwait(false);
        if (from is null)
        {
            session.WarnOfIgnored(instruction);
        }

        open.Layers.AddRange(source.State?.DiffIds ?? []);

        var isWindows = _isWindows || source.State?.Image.Os == "windows";
        open.Sources.AddRange(
            paths.Select(
                p => new CopySource(
                    source.Tree, source.Below(isWindows ? WindowsPath(p) : p)) { ResetOwner = source.ResetOwner, Title = p }));
    }

    private async Task AddAsync(OpenSources open, AddInstruction add, CancellationToken cancellationToken)
    {
        foreach (var path in add.Sources)
        {
            if (!RemoteSources.IsRemote(path))
            {
                open.Sources.Add(
                    new CopySource(
                        session.Trees.Context, _isWindows ? WindowsPath(path) : path) { ResetOwner = true, Unpack = add.Unpack ?? true });
                continue;
            }

            var keepGit = add.KeepGitDir
                ?? (session.Options.BuildArguments.GetValueOrDefault("BUILDKIT_CONTEXT_KEEP_GIT_DIR") is "1" or "true" ? true : null);
            var fetched = await session.Trees.Remote
                .FetchAsync(
                    path, new RemoteSourceOptions { Checksum = add.Checksum, KeepGitDirectory = keepGit, Unpack = add.Unpack, Location = add.Location }, cancellationToken)
                .ConfigureAwait(false);
            open.Own(fetched.Tree);
            open.Sources.Add(fetched);
        }
    }

    private void AddInline(OpenSources open, IReadOnlyList<InlineFile> files)
    {
        foreach (var file in files)
        {
            var tree = new InlineTree(file.Name, Encoding.UTF8.GetBytes(file.Content), CreationTime());
            open.Own(tree);
            open.Sources.Add(new CopySource(tree, file.Name) { IsPattern = false, ResetOwner = true });
        }
    }

    /// <summary>The sources of the step, with the trees that end with it.</summary>
    private sealed class OpenSources : IDisposable
    {
        private readonly List<IFileTree> _owned = [];

        public List<CopySource> Sources { get; } = [];

        /// <summary>The layers of the images and stages among them.</summary>
        public List<Digest> Layers { get; } = [];

        public void Own(IFileTree tree) => _owned.Add(tree);

        public void Dispose() => _owned.ForEach(t => t.Dispose());
    }
}
