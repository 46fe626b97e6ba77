using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries.Artifacts;

/// <summary>
/// A directory that oras and its kin packed: a tar whose entries all lie below the title, compressed, with an annotation that says so.
/// Whoever published it is not trusted: it is unpacked into a new directory, in which nothing is made twice, below a link, or as anything
/// but a file, a directory or a link that stays inside.
/// </summary>
/// <param name="title">The directory's name in the artifact.</param>
/// <param name="reference">The artifact.</param>
/// <param name="destination">A new, empty directory.</param>
internal sealed class ArtifactDirectory(string title, ImageReference reference, string destination)
{
    private const string Unpack = "io.deis.oras.content.unpack";
    private const string ContentDigest = "io.deis.oras.content.digest";

    // Neither set-user-id nor its kin: the files become the caller's.
    private const int Permissions = 0x1FF;

    // As many as Linux follows in one path; others follow some more, or fewer.
    private const int MostLinks = 40;
    private const int MostSteps = 4096;
    private const int MostDirectories = 256;

    private readonly HashSet<string> _directories = new(StringComparer.Ordinal) { "" };
    private readonly List<TarEntry> _made = [];
    private readonly Dictionary<string, TarEntry> _links
        = new(OperatingSystem.IsLinux() ? StringComparer.Ordinal : StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a layer of an artifact is a packed directory.</summary>
    public static bool IsPacked(Descriptor blob) => blob.Annotations?.GetValueOrDefault(Unpack) == "true";

    /// <summary>Unpacks it.</summary>
    /// <param name="blob">The layer.</param>
    /// <param name="archive">The file with its verified content.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The directory below the destination that has the title.</returns>
    /// <exception cref="ZLayerException">InvalidArchive; DigestMismatch when the content is not what the artifact says.</exception>
    public string Extract(Descriptor blob, string archive, CancellationToken cancellationToken)
    {
        using var plain = new DigestStream(Decompression.Open(File.OpenRead(archive)));
        using var reader = new LayerTarReader(plain, leaveOpen: true);
        while (reader.MoveNext() is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Make(entry, reader.Content, cancellationToken);
        }

        reader.Drain(cancellationToken);
        foreach (var link in _links.Values)
        {
            cancellationToken.ThrowIfCancellationRequested();
            RequireInside(link);
        }

        if (blob.Annotations?.GetValueOrDefault(ContentDigest) is { } said && Digest.TryParse(said, out var promised)
            && promised.Algorithm == "sha256" && promised != plain.CurrentDigest)
        {
            throw new ZLayerException(
                ZLayerErrorKind.DigestMismatch, $"{reference.ToFamiliarString()}: the directory '{title}' unpacks to {plain.CurrentDigest}, not to {promised}.")
            {
                Subject = reference.ToString(),
                Advice = "The artifact was published damaged.",
            };
        }

        foreach (var entry in Enumerable.Reverse(_made))
        {
            SetMetadata(entry);
        }

        return Directory.CreateDirectory(PathOf(title)).FullName;
    }

    private void Make(TarEntry entry, Stream content, CancellationToken cancellationToken)
    {
        if (entry.Path != title && !entry.Path.StartsWith(title + "/", StringComparison.Ordinal))
        {
            throw Refused(entry, $"it lies outside of '{title}'");
        }

        if (OperatingSystem.IsWindows() && entry.Path.AsSpan().ContainsAny("\\:"))
        {
            throw Refused(entry, "this platform has no such names");
        }

        MakeParents(entry);
        var path = PathOf(entry.Path);
        if (entry.Type == TarEntryType.Directory
            ? !_directories.Contains(entry.Path) && Path.Exists(path)
            : new FileInfo(path) is { Exists: true } or { LinkTarget: not null })
        {
            throw Refused(entry, "there are two of that name");
        }

        switch (entry.Type)
        {
            // A few bytes can claim terabytes of zeros.
            case TarEntryType.File when entry.Sparse is not null:
                throw Refused(entry, "it is stored as a sparse file");
            case TarEntryType.Directory:
                Directory.CreateDirectory(path);
                _directories.Add(entry.Path);
                break;
            case TarEntryType.File:
                using (var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
                {
                    StreamCopy.Copy(content, file, cancellationToken);
                }

                break;
            case TarEntryType.SymbolicLink:
                if (entry.LinkTarget!.StartsWith('/') || (OperatingSystem.IsWindows() && entry.LinkTarget.AsSpan().ContainsAny("\\:")))
                {
                    throw LeadsOut(entry);
                }

                if (!_links.TryAdd(entry.Path, entry))
                {
                    throw Refused(entry, "there are two of that name");
                }

                File.CreateSymbolicLink(path, entry.LinkTarget);
                return;
            case TarEntryType.HardLink:
                var target = PathOf(entry.LinkTarget!);
                RequireParents(entry, entry.LinkTarget!);
                File.Copy(
                    new FileInfo(target) is { Exists: true, LinkTarget: null }
                        ? target
                        : throw Refused(entry, "what it is a hard link to is not a file before it"), path);
                break;
            default:
                throw Refused(entry, "it is a device or pipe");
        }

        _made.Add(entry);
    }

    // Directories are known by what was made here: what else has such a name is a link or a file.
    private void MakeParents(TarEntry entry)
    {
        for (var slash = entry.Path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = entry.Path.IndexOf('/', slash + 1))
        {
            var parent = entry.Path[..slash];
            if (_directories.Contains(parent))
            {
                continue;
            }

            if (new FileInfo(PathOf(parent)) is { Exists: true } or { LinkTarget: not null })
            {
                throw Refused(entry, $"'{parent}' is not a directory");
            }

            Directory.CreateDirectory(PathOf(parent));
            _directories.Add(parent);
        }
    }

    private void RequireParents(TarEntry entry, string path)
    {
        if (!path.StartsWith(title + "/", StringComparison.Ordinal) || !_directories.Contains(path[..path.LastIndexOf('/')]))
        {
            throw Refused(entry, "what it is a hard link to is not in the directory");
        }
    }

    // Follows a link as the system would, through the other links: its words alone do not say where it leads. Done when all are known: one
    // may go through a later one.
    private void RequireInside(TarEntry link)
    {
        var root = title.Split('/').Length;
        var place = link.Path.Split('/')[..^1].ToList();
        var parts = new Stack<string>(link.LinkTarget!.Split('/').Reverse());
        for (var (links, steps) = (1, 0); place.Count >= root; steps++)
        {
            if (!parts.TryPop(out var part))
            {
                return;
            }

            if (part == "..")
            {
                place.RemoveAt(place.Count - 1);
            }
            else if (part is not ("" or "."))
            {
                if (_links.TryGetValue(string.Join('/', place.Append(part)), out var next))
                {
                    links++;
                    foreach (var further in next.LinkTarget!.Split('/').Reverse())
                    {
                        parts.Push(further);
                    }
                }
                else
                {
                    place.Add(part);
                }
            }

            if (links > MostLinks || steps > MostSteps || place.Count > MostDirectories)
            {
                throw Refused(link, "it is a link through too many others");
            }
        }

        throw LeadsOut(link);
    }

    private ZLayerException LeadsOut(TarEntry entry) => Refused(entry, "it is a link that leads out of the directory");

    private void SetMetadata(TarEntry entry)
    {
        var path = PathOf(entry.Path);
        if (!OperatingSystem.IsWindows())
        {
            // Whoever unpacks it can look into it, and remove it again.
            File.SetUnixFileMode(path, (UnixFileMode)((entry.Mode & Permissions) | (entry.Type == TarEntryType.Directory ? 0x1C0 : 0x100)));
        }

        File.SetLastWriteTimeUtc(path, entry.ModificationTime.UtcDateTime);
    }

    private string PathOf(string entryPath) => Path.Combine([destination, .. entryPath.Split('/')]);

    private ZLayerException Refused(TarEntry entry, string why)
        => new(ZLayerErrorKind.InvalidArchive, $"The directory '{title}' of {reference.ToFamiliarString()} is not unpacked: '{entry.Path}': {why}.")
        {
            Subject = reference.ToString(),
            Advice = "Do not trust an artifact that tries to write elsewhere.",
        };
}
