using System.IO.Enumeration;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage.Remembered;

namespace ZLayer.Core.Storage;

// The part of the content store that collections look through.
public sealed partial class ContentStore
{
    /// <summary>The blobs that somebody asks about, in no particular order; the others cost no more than their names.</summary>
    /// <param name="wants">Says of the beginning of a digest whether it is wanted; see <see cref="DigestMarks"/>. Null wants all, but not their digests.</param>
    internal IEnumerable<BlobFile> Survey(Func<ulong, bool>? wants)
    {
        _layout.Recover();
        foreach (var algorithm in (string[])["sha256", "sha512"])
        {
            var directory = Path.Combine(_layout.Blobs, algorithm);
            using var files = StampReader.Open(directory);
            var found = DirectoryNames.List(
                directory,
                (ref FileSystemEntry entry) => BlobFile.Read(files, algorithm, entry.FileName, named: wants is not null),
                (ref FileSystemEntry entry) => !entry.IsDirectory
                    && (wants is null || (DigestMarks.TryKeyOf(entry.FileName, out var key) && wants(key))));
            foreach (var file in found.Where(file => file.Size >= 0))
            {
                yield return file;
            }
        }
    }

    /// <summary>Those of some blobs that are here.</summary>
    internal IEnumerable<BlobFile> Find(IEnumerable<Digest> digests)
    {
        foreach (var digest in digests)
        {
            var file = new FileInfo(GetPath(digest));
            if (file.Exists)
            {
                yield return new BlobFile(DigestMarks.KeyOf(digest), digest, file.Length, file.LastWriteTimeUtc);
            }
        }
    }
}
