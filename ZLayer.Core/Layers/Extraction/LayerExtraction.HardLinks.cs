using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

// Hard links: within the layer, or to files of the layers below, which are copied up.
internal sealed unsafe partial class LayerExtraction
{
    private void ExtractHardLink(TarEntry entry, string name, CancellationToken cancellationToken)
    {
        var target = entry.LinkTarget!;
        if (_skipped.Contains(target))
        {
            _skipped.Add(entry.Path);
            return;
        }

        if (target == entry.Path)
        {
            throw LayerExtractor.Invalid(entry.Path, "it is a hard link to itself");
        }

        var targetParent = -1;
        try
        {
            var targetName = LinuxFiles.ToName(LayerDirectory.NameOf(target));
            if (_directory.TryOpenParent(target) && IsLinkable(targetName, entry))
            {
                targetParent = OpenAgain(_directory.Current, entry.Path);
                MakeHardLink(targetParent, targetName, _directory.OpenParent(entry.Path), LinuxFiles.ToName(name), entry);
                return;
            }
        }
        finally
        {
            if (targetParent >= 0)
            {
                LinuxFiles.Close(targetParent);
            }
        }

        CopyUp(target, entry, name, cancellationToken);
    }

    private bool IsLinkable(byte[] targetName, TarEntry entry)
    {
        fixed (byte* start = targetName)
        {
            return LinuxFiles.Status(_directory.Current, start) switch
            {
                null or { IsWhiteout: true } => false,
                { Type: LinuxFileStatus.Directory } => throw LayerExtractor.Invalid(
                    entry.Path, $"it is a hard link to the directory '{entry.LinkTarget}'"),
                _ => true,
            };
        }
    }

    private void MakeHardLink(int targetParent, byte[] target, int parent, byte[] name, TarEntry entry)
    {
        fixed (byte* from = target)
        fixed (byte* to = name)
        {
            if (SystemCalls.MakeHardLink(targetParent, from, parent, to, 0) == 0)
            {
                return;
            }

            if (SystemCalls.LastError == SystemErrors.Exists)
            {
                Remove(parent, name, entry.Path);
                if (SystemCalls.MakeHardLink(targetParent, from, parent, to, 0) == 0)
                {
                    return;
                }
            }

            throw SystemCalls.LastError == SystemErrors.NotFound
                ? LayerExtractor.Invalid(entry.Path, $"the target of the hard link, '{entry.LinkTarget}', is gone")
                : Failed("Linking", entry.Path);
        }
    }

    /// <summary>A hard link to a file that only a layer below has becomes a copy of it, as a change of that file would.</summary>
    private void CopyUp(string target, TarEntry entry, string name, CancellationToken cancellationToken)
    {
        if (_options.LowerLookup?.Invoke(target) is not { } lower)
        {
            throw LayerExtractor.Invalid(entry.Path, $"it is a hard link to '{target}', which this layer does not have");
        }

        var parent = _directory.OpenParent(entry.Path);
        var bytes = LinuxFiles.ToName(name);
        var status = Linux(lower, entry.Path);
        var metadata = FileMetadata.Of(status) with { Attributes = LowerAttributes(lower) };
        if (status.Type == LinuxFileStatus.RegularFile)
        {
            using var file = CreateFile(parent, bytes, 0x180, entry.Path);
            using var content = new FileStream(lower, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            CopyContent(content, file.Descriptor, entry.Path, cancellationToken);
            _metadata.Restore(file.Descriptor, metadata, currentMode: -1, entry.Path);
            Place(file, entry.Path);
        }
        else if (status.Type == LinuxFileStatus.SymbolicLink)
        {
            MakeNode(entry with { Type = TarEntryType.SymbolicLink, LinkTarget = LinuxFiles.ReadLink(lower) }, parent, bytes, metadata);
        }
        else
        {
            throw LayerExtractor.Invalid(entry.Path, $"it is a hard link to '{target}', which is neither a file nor a symbolic link");
        }
    }

    private static LinuxFileStatus Linux(string lower, string path)
    {
        fixed (byte* start = LinuxFiles.ToName(lower))
        {
            return LinuxFiles.Status(LinuxFiles.CurrentDirectory, start) ?? throw LinuxFiles.Failure("Copying up", path, isWrite: false);
        }
    }

    private static Dictionary<string, byte[]> LowerAttributes(string lower)
        => ExtendedAttributes.Read(lower).Where(pair => ExtendedAttributes.IsKept(pair.Key)).ToDictionary(StringComparer.Ordinal);

    public static int OpenAgain(int directory, string path)
    {
        byte* self = stackalloc byte[] { (byte)'.', 0 };
        var again = SystemCalls.OpenAt(
            directory, self, LinuxFiles.OpenReadOnly | LinuxFiles.OpenDirectoryFlag | LinuxFiles.OpenCloseOnExec, 0);
        return again >= 0 ? again : throw Failed("Opening", path);
    }
}
