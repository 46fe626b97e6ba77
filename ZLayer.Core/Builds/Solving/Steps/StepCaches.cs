using System.Globalization;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Images;

namespace ZLayer.Core.Builds.Solving;

/// <summary>
/// The cache mounts of one RUN. A cache is known by its id together with what it begins with, as in BuildKit: mounts that agree in
/// both are one cache, which the step takes once; another owner, mode or first content makes another cache.
/// </summary>
internal sealed class StepCaches(BuildSession session, StageContext stage, RunInstruction instruction)
{
    private const int DefaultMode = 0x1ED; // 0755

    private readonly Dictionary<RunMountOptions, string> _names = [];
    private readonly Dictionary<string, ICacheMountLease> _leases = new(StringComparer.Ordinal);

    /// <summary>
    /// Takes the caches, in an order that is the same for every step of every build, so that no two steps wait for each other.
    /// </summary>
    public async Task AcquireAsync(PreparedMounts owner, IEnumerable<RunMountOptions> mounts, CancellationToken cancellationToken)
    {
        var caches = mounts.ToList();
        foreach (var mount in caches)
        {
            _names[mount] = await NameAsync(mount, cancellationToken).ConfigureAwait(false);
        }

        var groups = caches.GroupBy(mount => _names[mount], StringComparer.Ordinal);
        foreach (var cache in groups.OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            var lease = await session.Services.CacheMounts
                .AcquireAsync(cache.Key, StrictestOf(cache), (directory, ct) => FillAsync(cache.First(), directory, ct), cancellationToken)
                .ConfigureAwait(false);
            owner.Own(lease);
            _leases.Add(cache.Key, lease);
        }
    }

    /// <summary>The directory of a mount on the host.</summary>
    public string DirectoryOf(RunMountOptions mount) => _leases[_names[mount]].Directory;

    // Without an id, or with an empty one, it is the target.
    private string IdOf(RunMountOptions mount)
    {
        var space = session.Options.BuildArguments.GetValueOrDefault("BUILDKIT_CACHE_MOUNT_NS");
        return (space is null
            ? ""
            : space + "/") + (mount.Id ?? ConfigInstructions.ResolveDirectory(stage.State.Config.WorkingDir, mount.Target ?? ""));
    }

    // What the directory begins with is part of the name where the mount says anything of it.
    private async Task<string> NameAsync(RunMountOptions mount, CancellationToken cancellationToken)
    {
        var name = IdOf(mount);
        if (mount.Uid is not null || mount.Gid is not null || mount.Mode is not null)
        {
            var mode = Convert.ToString(mount.Mode ?? DefaultMode, 8);
            name += string.Create(CultureInfo.InvariantCulture, $" uid={mount.Uid ?? 0} gid={mount.Gid ?? 0} mode={mode}");
        }

        return await FindSourceAsync(mount, cancellationToken).ConfigureAwait(false) is { } source
            ? $"{name} from={await source.ComputeKeyAsync(cancellationToken).ConfigureAwait(false)}"
            : name;
    }

    private async Task<MountSource?> FindSourceAsync(RunMountOptions mount, CancellationToken cancellationToken)
        => mount.From is null or NamedContexts.Scratch
            ? null
            : await MountSource.ResolveAsync(session, stage, mount, instruction, cancellationToken).ConfigureAwait(false);

    private static CacheSharing StrictestOf(IEnumerable<RunMountOptions> mounts)
    {
        var modes = mounts.Select(mount => mount.Sharing).ToList();
        return modes.Contains(CacheSharing.Locked) ? CacheSharing.Locked
            : modes.Contains(CacheSharing.Private) ? CacheSharing.Private
            : CacheSharing.Shared;
    }

    // What the mount does not say about the directory, the source of its content does.
    private async Task FillAsync(RunMountOptions mount, string directory, CancellationToken cancellationToken)
    {
        var source = await FindSourceAsync(mount, cancellationToken).ConfigureAwait(false);
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
