using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// Hashes what decides the layer of a COPY: the request, and of every file what is written of it, modification times left out.
/// </summary>
internal sealed class CopyDigest : IDisposable
{
    private const string Version = "zlayer copy 2";
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _used;

    private CopyDigest()
    {
    }

    /// <summary>Computes the digest; every content must be known.</summary>
    public static Digest Compute(CopyRequest request, CopyDestination destination, IReadOnlyList<CopyMatch> matches)
    {
        using var digest = new CopyDigest();
        digest.Add(Version);
        digest.Add(destination.Path);
        digest.Add(destination.IsDirectory ? 1 : 0);
        digest.Add(request.Chown ?? "");
        digest.Add(request.Chmod ?? "");
        if (request.IsWindows)
        {
            digest.Add("windows");
        }

        foreach (var match in matches)
        {
            digest.Add(match);
        }

        return digest.Finish();
    }

    public void Dispose() => _hash.Dispose();

    private void Add(CopyMatch match)
    {
        Add(match.Root.IsDirectory && match.Source.IsPattern ? "" : match.Name);
        Add((match.Source.IsPattern ? 1 : 0) | (match.Source.Unpack ? 2 : 0));
        Add(match.Items.Length);
        var firstNames = new Dictionary<(IFileTree, ulong, ulong), int>();
        for (var i = 0; i < match.Items.Length; i++)
        {
            ref readonly var item = ref match.Items[i];
            Add(match.RelativePath(item));
            Add((int)item.Node.Type | (item.OnlyAsParent ? 0x100 : 0));
            if (i > 0 || !item.Node.IsDirectory || !match.Source.IsPattern)
            {
                AddMetadata(match, item.Node);
            }

            if (item.Node.IsFile)
            {
                AddContent(match, i, firstNames);
            }
        }
    }

    private void AddMetadata(CopyMatch match, FileNode node)
    {
        Add(node.Type == Layers.TarEntryType.SymbolicLink ? 0 : node.Mode);
        Add(match.Source.ResetOwner ? 0 : node.Uid);
        Add(match.Source.ResetOwner ? 0 : node.Gid);
        Add(node.LinkTarget ?? "");
        Add(((long)node.DeviceMajor << 32) | (uint)node.DeviceMinor);
    }

    private void AddContent(CopyMatch match, int index, Dictionary<(IFileTree, ulong, ulong), int> firstNames)
    {
        var node = match.Items[index].Node;
        AddBytes(match.Contents[index].Hash.Bytes);
        var first = index;
        if (node.Identity.MayBeLinked && !firstNames.TryAdd((node.Tree, node.Identity.Device, node.Identity.Inode), index))
        {
            first = firstNames[(node.Tree, node.Identity.Device, node.Identity.Inode)];
        }

        Add(index - first);
        if (match.Contents[index].HasAttributes && node.Tree.GetExtendedAttributes(node) is { } attributes)
        {
            foreach (var (name, value) in attributes.OrderBy(a => a.Key, StringComparer.Ordinal))
            {
                Add(name);
                Add(value.Length);
                AddBytes(value);
            }
        }
    }

    private void Add(long value)
    {
        Reserve(sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(_used), value);
        _used += sizeof(long);
    }

    private void Add(ReadOnlySpan<char> text)
    {
        Add(text.Length);
        AddBytes(MemoryMarshal.AsBytes(text));
    }

    private void AddBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length)
        {
            Reserve(_buffer.Length);
            _hash.AppendData(bytes);
            return;
        }

        Reserve(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void Reserve(int count)
    {
        if (_buffer.Length - _used < count)
        {
            _hash.AppendData(_buffer, 0, _used);
            _used = 0;
        }
    }

    private Digest Finish()
    {
        _hash.AppendData(_buffer, 0, _used);
        Span<byte> result = stackalloc byte[SHA256.HashSizeInBytes];
        _hash.GetHashAndReset(result);
        return Digest.FromSha256(result);
    }
}
