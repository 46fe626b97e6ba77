using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Storage;

/// <summary>
/// Finds files in stacked layer directories as overlayfs would: the topmost wins, whiteouts and opaque directories hide what is below.
/// </summary>
/// <param name="directories">Extracted layers, base first.</param>
internal sealed class LowerDirectories(IReadOnlyList<string> directories)
{
    private enum Sight
    {
        /// <summary>The layer has the file.</summary>
        Here,
        /// <summary>The layer does not mention it; those below may have it.</summary>
        Below,
        /// <summary>The layer hides it.</summary>
        Nowhere,
    }

    /// <summary>Where a relative path stands on this machine; null when no layer has it.</summary>
    public string? Find(string path)
    {
        for (var i = directories.Count - 1; i >= 0; i--)
        {
            switch (Look(directories[i], path))
            {
                case Sight.Here: return Path.Combine(directories[i], path);
                case Sight.Nowhere: return null;
            }
        }

        return null;
    }

    private static Sight Look(string directory, string path)
    {
        var current = directory;
        var isOpaque = false;
        foreach (var name in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (current != directory && !IsDirectory(current))
            {
                return Sight.Nowhere; // A file or link takes the place of the directory below.
            }

            isOpaque |= IsOpaque(current);
            current = Path.Combine(current, name);
            switch (LinuxFiles.Status(current))
            {
                case null: return isOpaque ? Sight.Nowhere : Sight.Below;
                case { IsWhiteout: true }: return Sight.Nowhere;
            }
        }

        return Sight.Here;
    }

    private static bool IsDirectory(string path) => LinuxFiles.Status(path) is { Type: LinuxFileStatus.Directory };

    private static bool IsOpaque(string path)
    {
        var attributes = ExtendedAttributes.Read(path);
        return IsSet(ExtendedAttributes.TrustedOverlay) || IsSet(ExtendedAttributes.UserOverlay);

        bool IsSet(string prefix) => attributes.TryGetValue(prefix + "opaque", out var value) && value.AsSpan().SequenceEqual("y"u8);
    }
}
