using ZLayer.Core.Builds.Files;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Builds.Solving;

/// <summary>The files behind a bind mount, or behind the first content of a cache mount.</summary>
internal sealed class MountSource
{
    private readonly BuildSession _session;
    private readonly TreeSource _source;
    private readonly string _path;
    private readonly RunInstruction _instruction;

    private MountSource(BuildSession session, TreeSource source, string path, RunInstruction instruction)
    {
        _session = session;
        _source = source;
        _path = path;
        _instruction = instruction;
    }

    /// <summary>The path below what <see cref="MaterializeAsync"/> returns.</summary>
    public string SubPath { get; private set; } = "";

    /// <summary>Finds the files of a mount.</summary>
    public static async Task<MountSource> ResolveAsync(
        BuildSession session, StageContext stage, RunMountOptions mount, RunInstruction instruction, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var source = mount.From is { } from
            ? await session.Trees.ResolveAsync(from, stage, instruction).ConfigureAwait(false)
            : session.Trees.ContextSource;
        return new MountSource(session, source, source.Below(mount.Source ?? ""), instruction);
    }

    /// <summary>
    /// What the mount adds to the key of the step: all that the files are, as COPY --from has it. A stage that was built again and
    /// made the same files is no reason to run the step again, whatever the times of its layers.
    /// </summary>
    public Task<string> ComputeKeyAsync(CancellationToken cancellationToken)
        => Task.Run(() => Copy(cancellationToken).ComputeDigest(cancellationToken).ToString(), cancellationToken);

    /// <summary>The directories that hold the files, lowest first; <see cref="SubPath"/> is set.</summary>
    public async Task<IReadOnlyList<string>> MaterializeAsync(PreparedMounts owner, CancellationToken cancellationToken)
    {
        if (_source.State is { Layers.IsEmpty: false } state)
        {
            SubPath = _path;
            var layers = await Task
                .Run<IReadOnlyList<string>>(
                    () => LayerStacks.Distinct(
                        _session.Services.Layers.EnsureDirectories(state.DiffIds, cancellationToken)), cancellationToken)
                .ConfigureAwait(false);
            owner.LayerDirectories.AddRange(layers);
            return layers;
        }

        if (_source.HostDirectory is { } directory && !Copy(cancellationToken).HoldsLiveFiles)
        {
            SubPath = _path;
            return [directory];
        }

        // Ignored files must not be seen, and sockets of the machine not be reached: the others are copied.
        var work = _session.Services.Layers.CreateWorkDirectory("mount");
        owner.Own(work);
        var files = Path.Combine(work.Path, "files");
        Directory.CreateDirectory(files);
        await CopyToAsync(files, cancellationToken).ConfigureAwait(false);
        var node = _source.Tree.Find(FileTreePaths.Resolve(_source.Tree, _path));
        SubPath = node is { IsDirectory: false } ? node.Name : "";
        return [files];
    }

    /// <summary>The directory that is the source; null when it is a file.</summary>
    public FileNode? FindDirectory()
        => _source.Tree.Find(FileTreePaths.Resolve(_source.Tree, _path)) is { IsDirectory: true } directory ? directory : null;

    /// <summary>Whether the owners of the source count, as those of stages and images do; files of contexts become root's.</summary>
    public bool KeepsOwners => !_source.ResetOwner;

    /// <summary>Copies the files into a directory.</summary>
    public Task CopyToAsync(string directory, CancellationToken cancellationToken)
        => Task.Run(
            () =>
            {
                using var work = _session.Services.Layers.CreateWorkDirectory("copy");
                var path = Path.Combine(work.Path, "files.tar");
                using var tar = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
                Copy(cancellationToken).WriteLayer(tar, null, cancellationToken);
                tar.Position = 0;
                LayerExtractor.Extract(tar, directory, UserNamespaces.ExtractionOptions(), cancellationToken);
            },
            cancellationToken);

    private PreparedCopy Copy(CancellationToken cancellationToken)
        => PreparedCopy.Prepare(
            new CopyRequest
            {
                Sources = [new CopySource(_source.Tree, Literal(_path)) { ResetOwner = _source.ResetOwner }],
                Destination = "/",
                Instruction = "RUN --mount",
                Location = _instruction.Location,
            },
            cancellationToken);

    // A pattern copies the content of a directory, as a mount shows it; the path itself is none.
    private static string Literal(string path)
        => path.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("*", "\\*", StringComparison.Ordinal)
            .Replace("?", "\\?", StringComparison.Ordinal)
            .Replace("[", "\\[", StringComparison.Ordinal);
}
