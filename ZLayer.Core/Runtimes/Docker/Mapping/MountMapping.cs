using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>
/// The mounts of a container in the engine's four notations: <c>Volumes</c> for an anonymous volume, <c>Tmpfs</c>, <c>Binds</c> for what
/// only the short form can say (make a missing directory, SELinux labels), <c>Mounts</c> for everything else.
/// </summary>
internal sealed class MountMapping
{
    private static readonly ApiVersion CreatesMountPoints = new(1, 42);

    private readonly List<string> _binds = [];
    private readonly List<MountDocument> _mounts = [];
    private readonly Dictionary<string, string> _tmpfs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Nothing> _volumes = new(StringComparer.Ordinal);

    public MountMapping(IEnumerable<MountSpecification> mounts, ApiVersion api)
    {
        foreach (var mount in mounts)
        {
            Add(mount, api);
        }
    }

    public IReadOnlyList<string>? Binds => _binds.Count > 0 ? _binds : null;

    public IReadOnlyList<MountDocument>? Mounts => _mounts.Count > 0 ? _mounts : null;

    public IReadOnlyDictionary<string, string>? Tmpfs => _tmpfs.Count > 0 ? _tmpfs : null;

    public IReadOnlyDictionary<string, Nothing>? Volumes => _volumes.Count > 0 ? _volumes : null;

    private void Add(MountSpecification mount, ApiVersion api)
    {
        if (mount.Kind == MountKind.S3)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"The Docker engine cannot mount the bucket '{mount.Source}' at '{mount.Target}': it has no S3 mounts.")
            {
                Subject = mount.Target,
                Advice = "Mount the bucket on the host and bind the directory.",
            };
        }

        CheckKind(mount);
        if (mount.Kind == MountKind.Tmpfs)
        {
            _tmpfs[mount.Target] = TmpfsOptions(mount);
        }
        else if (mount is { Kind: MountKind.Volume, Source: null, ReadOnly: false, SelinuxLabel: null } && !HasVolumeOptions(mount))
        {
            _volumes[mount.Target] = Nothing.Value;
        }
        else if (mount.CreateSource || mount.SelinuxLabel is not null)
        {
            AddShort(mount, api);
        }
        else
        {
            _mounts.Add(Long(mount));
        }
    }

    private void AddShort(MountSpecification mount, ApiVersion api)
    {
        var hasColon = mount.Source is null
            || (Notation.HasDrive(mount.Source) ? mount.Source[2..] : mount.Source).Contains(':', StringComparison.Ordinal);
        if (!hasColon && !HasVolumeOptions(mount) && mount.Recursion is null)
        {
            string?[] options =
            [
                mount.ReadOnly ? "ro" : null, mount.SelinuxLabel?.ToString(), mount.Propagation, mount.NoCopy ? "nocopy" : null,
            ];
            var given = string.Join(',', options.Where(option => option is not null));
            _binds.Add(given.Length == 0 ? $"{mount.Source}:{mount.Target}" : $"{mount.Source}:{mount.Target}:{given}");
        }
        else if (mount.SelinuxLabel is not null)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"The Docker engine cannot label the mount at '{mount.Target}' for SELinux together with its other options.")
            {
                Subject = mount.Target,
                Advice = "Leave out the label, or the options of the volume, the recursion or the colon in the source.",
            };
        }
        else if (api < CreatesMountPoints)
        {
            throw ApiRequirements.TooOld(
                $"The setting {nameof(MountSpecification.CreateSource)} of the mount at '{mount.Target}' together with its other options", mount.Target, CreatesMountPoints, api);
        }
        else
        {
            _mounts.Add(Long(mount));
        }
    }

    private static MountDocument Long(MountSpecification mount) => new()
    {
        Type = mount.Kind == MountKind.NamedPipe ? "npipe" : mount.Kind.ToString().ToLowerInvariant(),
        Source = mount.Source,
        Target = mount.Target,
        ReadOnly = mount.ReadOnly,
        BindOptions = mount.Propagation is null && mount.Recursion is null && !mount.CreateSource ? null : new BindOptionsDocument
        {
            Propagation = mount.Propagation,
            NonRecursive = mount.Recursion is "disabled" ? true : null,
            ReadOnlyNonRecursive = mount.Recursion is "writable" ? true : null,
            ReadOnlyForceRecursive = mount.Recursion is "readonly" ? true : null,
            CreateMountpoint = mount.CreateSource ? true : null,
        },
        VolumeOptions = mount.Kind != MountKind.Volume || (!HasVolumeOptions(mount) && !mount.NoCopy) ? null : new VolumeOptionsDocument
        {
            NoCopy = mount.NoCopy ? true : null,
            Labels = mount.Labels.Count > 0 ? mount.Labels : null,
            DriverConfig = mount.Driver is null && mount.DriverOptions.Count == 0
                ? null
                : new VolumeDriverDocument(mount.Driver, mount.DriverOptions.Count > 0 ? mount.DriverOptions : null),
            Subpath = mount.Subpath,
        },
        ImageOptions = mount.Kind == MountKind.Image && mount.Subpath is not null ? new ImageOptionsDocument(mount.Subpath) : null,
    };

    private static string TmpfsOptions(MountSpecification mount)
    {
        string?[] options =
        [
            mount.ReadOnly ? "ro" : null,
            mount.Size is { } size ? string.Create(CultureInfo.InvariantCulture, $"size={size}") : null,
            mount.Mode is { } mode ? $"mode={Convert.ToString(mode, 8)}" : null,
            .. mount.Options,
        ];
        return string.Join(',', options.Where(option => option is not null));
    }

    /// <summary>Refuses options that belong to another kind of mount: the engine would leave them out.</summary>
    private static void CheckKind(MountSpecification mount)
    {
        var kind = mount.Kind;
        (bool IsSet, string Option, bool Belongs)[] options =
        [
            (mount.Propagation is not null, nameof(mount.Propagation), kind == MountKind.Bind),
            (mount.Recursion is not null, nameof(mount.Recursion), kind == MountKind.Bind),
            (mount.CreateSource, nameof(mount.CreateSource), kind == MountKind.Bind),
            (mount.SelinuxLabel is not null, nameof(mount.SelinuxLabel), kind is MountKind.Bind or MountKind.Volume),
            (mount.NoCopy, nameof(mount.NoCopy), kind == MountKind.Volume),
            (mount.Driver is not null, nameof(mount.Driver), kind == MountKind.Volume),
            (mount.DriverOptions.Count > 0, nameof(mount.DriverOptions), kind == MountKind.Volume),
            (mount.Labels.Count > 0, nameof(mount.Labels), kind == MountKind.Volume),
            (mount.Subpath is not null, nameof(mount.Subpath), kind is MountKind.Volume or MountKind.Image),
            (mount.Size is not null, nameof(mount.Size), kind == MountKind.Tmpfs),
            (mount.Mode is not null, nameof(mount.Mode), kind == MountKind.Tmpfs),
            (mount.Options.Count > 0, nameof(mount.Options), kind == MountKind.Tmpfs),
            (mount.Source is not null, nameof(mount.Source), kind != MountKind.Tmpfs),
            (mount.Source is null, $"no {nameof(mount.Source)}", kind is MountKind.Tmpfs or MountKind.Volume),
        ];
        if (options.FirstOrDefault(option => option.IsSet && !option.Belongs).Option is { } wrong)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The mount at '{mount.Target}' of the kind {kind} cannot have {wrong}.")
            {
                Subject = mount.Target,
                Advice = "Leave the option out, or choose another kind of mount.",
            };
        }
    }

    private static bool HasVolumeOptions(MountSpecification mount)
        => mount.Driver is not null
            || mount.DriverOptions.Count > 0
            || mount.Labels.Count > 0
            || mount.Subpath is not null
            || (mount.NoCopy && mount.Source is null);
}
