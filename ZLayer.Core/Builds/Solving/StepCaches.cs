using ZLayer.Core.Builds.Run;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Images;

namespace ZLayer.Core.Builds.Solving;

/// <summary>The cache mounts of one RUN. Mounts of one id are one cache, which the step takes once.</summary>
internal sealed class StepCaches(BuildSession session, StageContext stage, RunInstruction instruction)
{
    private const int DefaultMode = 0x1ED; // 0755

    private readonly Dictionary<string, ICacheMountLease> _leases = new(StringComparer.Ordinal);

    /// <summary>Takes the caches, in an order that is the same for every step of every build, so that no two steps wait for each other.</summary>
    public async Task AcquireAsync(PreparedMounts owner, IEnumerable<RunMountOptions> mounts, CancellationToken cancellationToken)
    {
        foreach (var cache in mounts.GroupBy(IdOf, StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var first = cache.FirstOrDefault(mount => mount.From is not null) ?? cache.First();
            var lease = await session.Services.CacheMounts
                .AcquireAsync(cache.Key, StrictestOf(cache), (directory, ct) => FillAsync(first, directory, ct), cancellationToken)
                .ConfigureAwait(false);
            owner.Own(lease);
            _leases.Add(cache.Key, lease);
        }
    }

    /// <summary>The directory of a mount on the host.</summary>
    public string DirectoryOf(RunMountOptions mount) => _leases[IdOf(mount)].Directory;

    // Without an id, or with an empty one, it is the target.
    private string IdOf(RunMountOptions mount)
    {
        var space = session.Options.BuildArguments.GetValueOrDefault("BUILDKIT_CACHE_MOUNT_NS");
        return (space is null ? "" : space + "/") + (mount.Id ?? ConfigInstructions.ResolveDirectory(stage.State.Config.WorkingDir, mount.Target ?? ""));
    }

    private static CacheSharing StrictestOf(IEnumerable<RunMountOptions> mounts)
    {
        var modes = mounts.Select(mount => mount.Sharing).ToList();
        return modes.Contains(CacheSharing.Locked) ? CacheSharing.Locked : modes.Contains(CacheSharing.Private) ? CacheSharing.Private : CacheSharing.Shared;
    }

    // What the mount does not say about the directory, the source of its content does.
    private async Task FillAsync(RunMountOptions mount, string directory, CancellationToken cancellationToken)
    {
        var source = mount.From is null
            ? null
            : await MountSource.ResolveAsync(session, stage, mount, instruction, cancellationToken).ConfigureAwait(false);
        if (source is not null)
        {
            await source.CopyToAsync(directory, cancellationToken).ConfigureAwait(false);
        }

        var original = source?.FindDirectory();
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(directory, (UnixFileMode)(mount.Mode ?? original?.Mode ?? DefaultMode));
        }

        var owner = source is { KeepsOwners: true } ? original : null;
        var (uid, gid) = (mount.Uid ?? (uint)(owner?.Uid ?? 0), mount.Gid ?? (uint)(owner?.Gid ?? 0));
        if (uid != 0 || gid != 0)
        {
            await session.Runner.ChangeOwnerAsync(directory, uid, gid, cancellationToken).ConfigureAwait(false);
        }

        if (original is not null)
        {
            Directory.SetLastWriteTimeUtc(directory, original.ModificationTime.UtcDateTime);
        }
    }
}
