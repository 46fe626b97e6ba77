using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Layers;

// What the layer removes from the layers below.
internal sealed unsafe partial class LayerExtraction
{
    private static bool IsLeftover(string path, string name)
        => path.Contains(Whiteout.MetadataPrefix, StringComparison.Ordinal) && name != Whiteout.Opaque
            && path.Split('/').Any(component => component.StartsWith(Whiteout.MetadataPrefix, StringComparison.Ordinal));

    private void ExtractWhiteout(TarEntry entry, string name)
    {
        if (name == Whiteout.Opaque)
        {
            SetOpaque(_directory.OpenParent(entry.Path), entry.Path);
            return;
        }

        var hidden = name[Whiteout.Prefix.Length..];
        if (hidden is "" or "." or "..")
        {
            throw LayerExtractor.Invalid(entry.Path, "it is a whiteout without a name");
        }

        var parent = _directory.OpenParent(entry.Path);
        fixed (byte* start = LinuxFiles.ToName(hidden))
        {
            if (LinuxFiles.Status(parent, start) is { } status)
            {
                // The layer itself has something here, which hides what is below unless it is a directory.
                if (status.Type == LinuxFileStatus.Directory)
                {
                    MakeOpaque(parent, start, entry.Path);
                }
            }
            else if (SystemCalls.MakeNode(parent, start, LinuxFileStatus.CharacterDevice, 0) != 0)
            {
                throw Failed("Creating", entry.Path);
            }
        }
    }

    private void MakeOpaque(int parent, byte* name, string path)
    {
        var directory = SystemCalls.OpenAt(
            parent, name, LinuxFiles.OpenReadOnly | LinuxFiles.OpenDirectoryFlag | LinuxFiles.OpenNoFollowFlag | LinuxFiles.OpenCloseOnExec, 0);
        if (directory < 0)
        {
            throw Failed("Opening", path);
        }

        try
        {
            SetOpaque(directory, path);
        }
        finally
        {
            LinuxFiles.Close(directory);
        }
    }

    private void SetOpaque(int directory, string path)
    {
        if (!ExtendedAttributes.TrySet(directory, _opaqueAttribute, "y"u8))
        {
            throw LinuxFiles.Failure($"Setting {_opaqueAttribute} for", path, isWrite: true);
        }
    }
}
