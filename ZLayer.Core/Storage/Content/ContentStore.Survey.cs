using System.IO.Enumeration;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

// The part of the content store that collections look through.
internal sealed partial class ContentStore
{
    /// <summary>
    /// The blobs that somebody asks about, in no particular order; the others cost no more than their names. The size of one in pieces is
    /// that of its list.
    /// </summary>
    /// <param name="wants">Says of the beginning of a digest whether it is wanted; see <see cref="DigestMarks"/>.</param>
    internal IEnumerable<BlobFile> Survey(Func<ulong, bool> wants)
    {
        _layout.Recover();
        foreach (var algorithm in (string[])["sha256", "sha512"])
        {
            var directory = Path.Combine(_layout.Blobs, algorithm);
            using var files = StampReader.Open(directory);
            var found = DirectoryNames.List(
                directory,
                (ref FileSystemEntry entry) => BlobFile.Read(files, algorithm, entry.FileName),
                (ref FileSystemEntry entry) => !entry.IsDirectory && DigestMarks.TryKeyOf(entry.FileName, out var key) && wants(key));
            foreach (var file in found.Where(file => file.Size >= 0))
            {
                yield return file;
            }
        }

        foreach (var list in _pieces.Lists().Where(list => wants(list.Key)))
        {
            yield return list;
        }
    }

    /// <summary>The sizes of all blobs by the beginnings of their digests, in no particular order.</summary>
    internal IEnumerable<DocumentFacts.Blob> Sizes()
    {
        _layout.Recover();
        return ((string[])["sha256", "sha512"]).SelectMany(algorithm => StampedFiles.In(Path.Combine(_layout.Blobs, algorithm), Describe))
            .Concat(_pieces.Lists().Select(list => new DocumentFacts.Blob(list.Key, list.Size)));

        static DocumentFacts.Blob? Describe(ReadOnlySpan<char> name, in FileStamp stamp)
            => DigestMarks.TryKeyOf(name, out var key) ? new DocumentFacts.Blob(key, stamp.Size) : null;
    }

    /// <summary>Those of some blobs that are here.</summary>
    internal IEnumerable<BlobFile> Find(IEnumerable<Digest> digests)
    {
        foreach (var digest in digests)
        {
            foreach (var path in (string[])[GetPath(digest), _pieces.ListPathOf(digest)])
            {
                var file = new FileInfo(path);
                if (file.Exists)
                {
                    yield return new BlobFile(DigestMarks.KeyOf(digest), digest, file.Length, file.LastWriteTimeUtc);
                }
            }
        }
    }
}
