using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

/// <summary>Sets owners, modes, times and attributes, in the order that keeps all of them, with as few calls as that takes.</summary>
internal sealed unsafe class MetadataRestorer
{
    private const int SetGroupId = 0x400;

    private readonly bool _restoreOwners;
    private readonly uint _user = SystemCalls.EffectiveUser();
    private readonly uint _group = SystemCalls.EffectiveGroup();
    private readonly int _mask = ReadFileModeMask();
    private readonly bool _inheritsGroup;

    /// <param name="restoreOwners">Whether owners are set at all.</param>
    /// <param name="root">The open directory that everything is made in.</param>
    public MetadataRestorer(bool restoreOwners, int root)
    {
        _restoreOwners = restoreOwners;
        // New files belong to the process, unless the directory passes on its group.
        _inheritsGroup = LinuxFiles.Status(root) is not { } status || (status.Mode & SetGroupId) != 0;
    }

    /// <summary>How many extended attributes the file system or the user's rights did not allow.</summary>
    public int SkippedAttributes { get; private set; }

    /// <summary>The mode to create a file with: the final one where the system will give just that.</summary>
    public int CreationMode(in FileMetadata metadata)
        => metadata.Attributes is null && (metadata.Mode & (_mask | 0xE00)) == 0 && !NeedsOwner(metadata) ? metadata.Mode : 0x180;

    /// <summary>Restores an open file or directory.</summary>
    /// <param name="descriptor">The open file.</param>
    /// <param name="metadata">What it gets.</param>
    /// <param name="currentMode">The mode that it was created with; -1 when that is not known.</param>
    /// <param name="path">Its path, for messages.</param>
    public void Restore(int descriptor, in FileMetadata metadata, int currentMode, string path)
    {
        // A change of owner takes set-id bits and capabilities away, so it comes first.
        if (NeedsOwner(metadata) && SystemCalls.ChangeOwner(descriptor, metadata.Uid, metadata.Gid) != 0)
        {
            throw LinuxFiles.Failure("Changing the owner of", path, isWrite: true);
        }

        if (metadata.Attributes is { } attributes)
        {
            foreach (var (name, value) in attributes)
            {
                Check(ExtendedAttributes.IsOverlayPrivate(name) || ExtendedAttributes.TrySet(descriptor, name, value), path);
            }
        }

        if (currentMode != metadata.Mode && SystemCalls.ChangeMode(descriptor, (uint)metadata.Mode) != 0)
        {
            throw LinuxFiles.Failure("Changing the mode of", path, isWrite: true);
        }

        if (LinuxFiles.SetTime(descriptor, metadata.Time) != 0)
        {
            throw LinuxFiles.Failure("Changing the time of", path, isWrite: true);
        }
    }

    /// <summary>Restores a link, device or pipe by its name in an open directory.</summary>
    public void RestoreNode(int directory, ReadOnlySpan<byte> name, in FileMetadata metadata, bool isLink, string path)
    {
        fixed (byte* start = name)
        {
            if (NeedsOwner(metadata) && LinuxFiles.ChangeOwner(directory, start, metadata.Uid, metadata.Gid) != 0)
            {
                throw LinuxFiles.Failure("Changing the owner of", path, isWrite: true);
            }

            if (metadata.Attributes is { } attributes)
            {
                foreach (var (attribute, value) in attributes)
                {
                    Check(ExtendedAttributes.IsOverlayPrivate(attribute)
                        || ExtendedAttributes.TrySet(directory, name, attribute, value), path);
                }
            }

            // Links have no mode.
            if (!isLink && SystemCalls.ChangeMode(directory, start, (uint)metadata.Mode, 0) != 0)
            {
                throw LinuxFiles.Failure("Changing the mode of", path, isWrite: true);
            }

            if (LinuxFiles.SetTime(directory, start, metadata.Time) != 0)
            {
                throw LinuxFiles.Failure("Changing the time of", path, isWrite: true);
            }
        }
    }

    private bool NeedsOwner(in FileMetadata metadata)
        => _restoreOwners && (metadata.Uid != _user || metadata.Gid != _group || _inheritsGroup);

    private void Check(bool isSet, string path)
    {
        if (!isSet)
        {
            if (SystemCalls.LastError is not (SystemErrors.NotSupported or SystemErrors.NotPermitted))
            {
                throw LinuxFiles.Failure("Setting an extended attribute of", path, isWrite: true);
            }

            SkippedAttributes++;
        }
    }

    /// <summary>The bits that the process takes from the mode of new files; all where the system does not tell.</summary>
    private static int ReadFileModeMask()
    {
        const string Label = "Umask:";
        try
        {
            var line = File.ReadLines("/proc/self/status").FirstOrDefault(text => text.StartsWith(Label, StringComparison.Ordinal));
            return line is null ? 0x1FF : int.Parse(line.AsSpan(Label.Length), CultureInfo.InvariantCulture) switch
            {
                var digits => (digits / 100 % 10 << 6) | (digits / 10 % 10 << 3) | (digits % 10),
            };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            return 0x1FF;
        }
    }
}
