using System.Diagnostics.CodeAnalysis;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;

namespace ZLayer.Core.Images.Archives;

/// <summary>
/// The files of a tar archive by path, and where their content is. Links stay inside of the archive: they name other entries.
/// </summary>
/// <typeparam name="T">Where the content of a file is.</typeparam>
/// <param name="subject">What the archive is, for errors.</param>
internal sealed class TarContents<T>(string subject)
    where T : struct
{
    private const int MostLinks = 40;

    private readonly Dictionary<string, T> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _top = new(StringComparer.Ordinal);

    /// <summary>The names at the top.</summary>
    public IEnumerable<string> TopNames => _top;

    /// <summary>Adds an entry. A later one of the same name replaces the earlier one, as when the archive is unpacked.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="content">Says where the content of a file is; not asked for other entries.</param>
    /// <exception cref="ZLayerException">
    /// InvalidArchive for a link that leads out, and for a sparse file; what <paramref name="content"/> throws.
    /// </exception>
    public void Add(TarEntry entry, Func<T> content)
    {
        // A few bytes can claim terabytes of zeros. Blobs have no holes, and no writer of images makes any.
        if (entry.Sparse is not null)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArchive, $"Cannot read {subject}: '{entry.Path}' is stored as a sparse file, which no image archive has.")
            {
                Subject = subject,
                Advice = "Pack the archive again without holes: tar without --sparse.",
            };
        }

        _top.Add(entry.Path.Split('/')[0]);
        _files.Remove(entry.Path);
        _links.Remove(entry.Path);
        switch (entry.Type)
        {
            case TarEntryType.File:
                _files[entry.Path] = content();
                break;
            case TarEntryType.HardLink:
                _links[entry.Path] = entry.LinkTarget ?? "";
                break;
            case TarEntryType.SymbolicLink:
                _links[entry.Path] = Combine(entry.Path, entry.LinkTarget ?? "");
                break;
        }
    }

    /// <summary>Where the content of a file is; false when there is none of that path.</summary>
    /// <exception cref="ZLayerException">InvalidArchive for links that go round in circles.</exception>
    public bool TryGet(string path, [NotNullWhen(true)] out T content)
    {
        content = default;
        return Resolve(path) is { } name && _files.TryGetValue(name, out content);
    }

    /// <summary>The name under which a file stands in the archive, links followed; null when there is none of that path.</summary>
    /// <exception cref="ZLayerException">InvalidArchive for links that go round in circles.</exception>
    public string? Resolve(string path)
    {
        var name = path;
        for (var links = 0; links < MostLinks; links++)
        {
            if (_files.ContainsKey(name))
            {
                return name;
            }

            if (!_links.TryGetValue(name, out var target))
            {
                return null;
            }

            name = target;
        }

        throw new ZLayerException(ZLayerErrorKind.InvalidArchive, $"Cannot read {subject}: the links at '{path}' go round in circles.")
        {
            Subject = subject,
        };
    }

    private string Combine(string path, string target)
    {
        var parts = new List<string>(target.StartsWith('/') ? [] : path.Split('/')[..^1]);
        foreach (var part in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part == "..")
            {
                if (parts.Count == 0)
                {
                    throw new ZLayerException(
                        ZLayerErrorKind.InvalidArchive, $"Cannot read {subject}: the link '{path}' leads out of the archive, to '{target}'.")
                    { Subject = subject };
                }

                parts.RemoveAt(parts.Count - 1);
            }
            else if (part != ".")
            {
                parts.Add(part);
            }
        }

        return string.Join('/', parts);
    }
}
