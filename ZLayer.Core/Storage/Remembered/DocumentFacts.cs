using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage.Remembered;

/// <summary>What marking and lists need of a document that its digest names: it never changes.</summary>
internal abstract record DocumentFacts
{
    /// <summary>Writes the facts down; false when something in them has no form here, and the document is to be read each time.</summary>
    public abstract bool TryEncode(BinaryWriter to);

    /// <summary>The bytes of a blob that a document lists, by the beginning of its digest.</summary>
    /// <param name="Key">See <see cref="DigestMarks.KeyOf(Digest)"/>.</param>
    /// <param name="Size">The size that the document says.</param>
    public readonly record struct Blob(ulong Key, long Size);

    protected static void Write(BinaryWriter to, Descriptor descriptor)
    {
        to.Write(descriptor.MediaType);
        to.Write(descriptor.Digest.ToString());
        to.Write(descriptor.Size);
    }

    protected static Descriptor ReadDescriptor(ref FactsReader from)
        => new() { MediaType = from.ReadString(), Digest = Digest.Parse(from.ReadString()), Size = from.ReadInt64() };

    protected static void Write(BinaryWriter to, Platform platform)
    {
        to.Write(platform.Os);
        to.Write(platform.Architecture);
        to.Write(platform.Variant ?? "");
        to.Write(platform.OsVersion ?? "");
    }

    protected static Platform ReadPlatform(ref FactsReader from)
        => new()
        {
            Os = from.ReadString(),
            Architecture = from.ReadString(),
            Variant = from.ReadString() is { Length: > 0 } variant ? variant : null,
            OsVersion = from.ReadString() is { Length: > 0 } version ? version : null,
        };

    // Rare members are not worth a form.
    protected static bool IsPlain(Platform? platform)
        => platform is null or { OsFeatures: null, Features: null, Extensions: null, Variant: not "", OsVersion: not "" };
}

/// <summary>The facts of an index.</summary>
/// <param name="Entries">What it lists, with platforms.</param>
internal sealed record IndexFacts(IReadOnlyList<IndexFacts.Entry> Entries) : DocumentFacts
{
    /// <summary>One entry.</summary>
    /// <param name="Descriptor">Type, digest, size and platform.</param>
    /// <param name="IsAttestation">Whether it is no image but says something about one.</param>
    public sealed record Entry(Descriptor Descriptor, bool IsAttestation);

    public static IndexFacts Of(ImageIndex index)
        => new([.. index.Manifests.Select(entry => new Entry(entry, entry.IsAttestation))]);

    public static IndexFacts Decode(ReadOnlyMemory<byte> bytes)
    {
        var from = new FactsReader(bytes.Span);
        var entries = new Entry[from.Read7BitEncodedInt()];
        for (var i = 0; i < entries.Length; i++)
        {
            var descriptor = ReadDescriptor(ref from);
            var isAttestation = from.ReadBoolean();
            entries[i] = new Entry(from.ReadBoolean() ? descriptor with { Platform = ReadPlatform(ref from) } : descriptor, isAttestation);
        }

        return new IndexFacts(entries);
    }

    public override bool TryEncode(BinaryWriter to)
    {
        to.Write7BitEncodedInt(Entries.Count);
        foreach (var (descriptor, isAttestation) in Entries)
        {
            Write(to, descriptor);
            to.Write(isAttestation);
            to.Write(descriptor.Platform is not null);
            if (descriptor.Platform is { } platform)
            {
                Write(to, platform);
            }
        }

        return Entries.All(entry => IsPlain(entry.Descriptor.Platform));
    }
}

/// <summary>The facts of a manifest.</summary>
/// <param name="Config">The config, or what an artifact has in its place.</param>
/// <param name="Layers">The layers, base first.</param>
internal sealed record ManifestFacts(Descriptor Config, IReadOnlyList<DocumentFacts.Blob> Layers) : DocumentFacts
{
    public static ManifestFacts Of(ImageManifest manifest)
        => new(manifest.Config, [.. manifest.Layers.Select(layer => new Blob(DigestMarks.KeyOf(layer.Digest), layer.Size))]);

    public static ManifestFacts Decode(ReadOnlyMemory<byte> bytes)
    {
        var from = new FactsReader(bytes.Span);
        var config = ReadDescriptor(ref from);
        var layers = new Blob[from.Read7BitEncodedInt()];
        for (var i = 0; i < layers.Length; i++)
        {
            layers[i] = new Blob(from.ReadUInt64(), from.Read7BitEncodedInt64());
        }

        return new ManifestFacts(config, layers);
    }

    public override bool TryEncode(BinaryWriter to)
    {
        Write(to, Config);
        to.Write7BitEncodedInt(Layers.Count);
        foreach (var (key, size) in Layers)
        {
            to.Write(key);
            to.Write7BitEncodedInt64(size);
        }

        return true;
    }
}

/// <summary>The facts of a config.</summary>
/// <param name="DiffIds">The DiffIDs of the layers by the beginnings of their digests, base first.</param>
/// <param name="Summary">What lists show.</param>
internal sealed record ConfigFacts(IReadOnlyList<ulong> DiffIds, Lazy<ConfigFacts.Shown> Summary) : DocumentFacts
{
    /// <summary>What lists show of a config.</summary>
    /// <param name="Created">When the image was made.</param>
    /// <param name="Platform">The platform that it is for.</param>
    /// <param name="Labels">Its labels.</param>
    public sealed record Shown(DateTimeOffset? Created, Platform Platform, IReadOnlyDictionary<string, string>? Labels);

    public static ConfigFacts Of(ImageConfig config)
    {
        var shown = new Shown(config.Created, config.Platform, config.Config?.Labels);
        return new ConfigFacts([.. config.RootFs.DiffIds.Select(DigestMarks.KeyOf)], new Lazy<Shown>(shown));
    }

    /// <summary>Marking needs the DiffIDs alone; the rest is made when a list asks.</summary>
    public static ConfigFacts Decode(ReadOnlyMemory<byte> bytes)
    {
        var from = new FactsReader(bytes.Span);
        var diffIds = new ulong[from.Read7BitEncodedInt()];
        for (var i = 0; i < diffIds.Length; i++)
        {
            diffIds[i] = from.ReadUInt64();
        }

        var rest = bytes[from.Position..];
        return new ConfigFacts(diffIds, new Lazy<Shown>(() => DecodeShown(rest)));
    }

    public override bool TryEncode(BinaryWriter to)
    {
        to.Write7BitEncodedInt(DiffIds.Count);
        foreach (var diffId in DiffIds)
        {
            to.Write(diffId);
        }

        var (created, platform, labels) = Summary.Value;
        to.Write(created is not null);
        to.Write(created?.Ticks ?? 0);
        to.Write((short)(created?.TotalOffsetMinutes ?? 0));
        Write(to, platform);
        to.Write7BitEncodedInt(labels?.Count ?? -1);
        foreach (var (name, value) in labels ?? new Dictionary<string, string>())
        {
            to.Write(name);
            to.Write(value ?? "");
        }

        return IsPlain(platform) && labels?.Values.All(value => value is not null) != false;
    }

    private static Shown DecodeShown(ReadOnlyMemory<byte> bytes)
    {
        var from = new FactsReader(bytes.Span);
        var isDated = from.ReadBoolean();
        var created = new DateTimeOffset(from.ReadInt64(), TimeSpan.FromMinutes(from.ReadInt16()));
        var platform = ReadPlatform(ref from);
        var count = from.Read7BitEncodedInt();
        Dictionary<string, string>? labels = count < 0 ? null : [];
        for (var i = 0; i < count; i++)
        {
            labels!.Add(from.ReadString(), from.ReadString());
        }

        return new Shown(isDated ? created : null, platform, labels);
    }
}
