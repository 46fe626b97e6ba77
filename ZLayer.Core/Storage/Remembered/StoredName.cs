using System.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>A name, or an image without one, as its file says; a <see cref="StoredReference"/> costs more to make.</summary>
/// <param name="Path">The file's path below the directory of references, with '/'.</param>
/// <param name="Target">The manifest or index.</param>
/// <param name="Updated">When the name was set to this target.</param>
internal sealed record StoredName(string Path, Descriptor Target, DateTimeOffset Updated)
{
    private const string TagsPart = "/" + ReferencePath.Tags + "/";

    /// <summary>What is remembered of a file that is no name.</summary>
    public static ReadOnlySpan<byte> NoName => [0];

    /// <summary>Whether this keeps an image without a name.</summary>
    public bool IsUnnamed => IsUnnamedPath(Path);

    /// <summary>The name for messages, in full.</summary>
    public string Subject => IsUnnamed ? Target.Digest.ToString() : Path.Replace(TagsPart, ":", StringComparison.Ordinal);

    public static bool IsUnnamedPath(string path) => path.StartsWith(ReferencePath.Unnamed + "/", StringComparison.Ordinal);

    /// <summary>The same with the parsed name.</summary>
    public StoredReference ToReference(string root) => new(IsUnnamed ? null : Reference(root), Target, Updated);

    /// <summary>The name.</summary>
    public ImageReference? Reference(string root) => ReferencePath.Parse(root, System.IO.Path.Combine(root, Path));

    /// <summary>What is remembered: the three members that every descriptor has, or, for one that has more, its document.</summary>
    public byte[] Encode()
    {
        if (Target != new Descriptor { MediaType = Target.MediaType, Digest = Target.Digest, Size = Target.Size } || Target.MediaType.Length > byte.MaxValue || !Ascii.IsValid(Target.MediaType))
        {
            return [2, .. OciJson.Serialize(Target)];
        }

        return [1, .. BitConverter.GetBytes(Target.Size), (byte)Target.MediaType.Length, .. Encoding.ASCII.GetBytes(Target.MediaType + Target.Digest)];
    }

    public static StoredName? Decode(string path, ReadOnlySpan<byte> bytes, DateTimeOffset updated)
    {
        if (bytes[0] == 0)
        {
            return null;
        }

        if (bytes[0] == 2)
        {
            return new StoredName(path, OciJson.ParseDescriptor(bytes[1..], path), updated);
        }

        var mediaType = bytes.Slice(10, bytes[9]);
        return new StoredName(path, Updated: updated, Target: new Descriptor
        {
            MediaType = TypeOf(mediaType),
            Digest = Digest.Parse(Encoding.ASCII.GetString(bytes[(10 + mediaType.Length)..])),
            Size = BitConverter.ToInt64(bytes[1..]),
        });
    }

    private static string TypeOf(ReadOnlySpan<byte> text)
    {
        foreach (var known in MediaTypes.Accepted)
        {
            if (text.Length == known.Length && Ascii.Equals(text, known))
            {
                return known;
            }
        }

        return Encoding.ASCII.GetString(text);
    }
}
