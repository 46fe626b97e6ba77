using System.Management.Automation;
using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Artifacts;
using ZLayer.Core.Registries.Copying;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes names, image objects and what tells of one (tags, manifest lists, results, events), what became of them in another session, and
/// property bags that name an image. Everything else is refused, so that a process or a container piped by mistake does not become a name.
/// </summary>
public sealed class ImageIdentityAttribute : ValueTransformationAttribute<ImageIdentity>
{
    private const string Expected = "an image name such as 'nginx:1.27', an image id, or an object of Get-ZLayerImage";

    // What tells of an image without being one.
    private static readonly HashSet<string?> Parts = [typeof(LayerInfo).FullName, typeof(Referrer).FullName];

    // Other objects of ours have names and ids too: those of containers, runtimes, builders.
    private static readonly HashSet<string?> Images =
    [
        .. new[]
        {
            typeof(ImageInfo), typeof(ImageDetail), typeof(ImageInspection), typeof(ImageSearchResult), typeof(ManifestInfo), typeof(BuildResult),
            typeof(LayerInfo), typeof(PushResult), typeof(CopyResult), typeof(RegistryTag), typeof(RegistryRepository), typeof(Referrer),
        }.Select(type => type.FullName),
    ];

    /// <summary>
    /// Whether what only tells of an image, its layers and artifacts, is refused: it cannot run, and an image does not go with it.
    /// </summary>
    public bool WholeImages { get; set; }

    /// <summary>
    /// Whether an object is an image, or tells of one, that a container can be made of. Texts and property bags are not told apart from
    /// other things.
    /// </summary>
    internal static bool IsImage(object? value)
        => value is not null and not string
            && PSObject.AsPSObject(value) is var wrapped
            && ObjectProperties.AreOfModule(wrapped)
            && MayBeImage(wrapped)
            && !IsPart(wrapped);

    /// <summary>The error for what is not an image.</summary>
    internal static ZLayerException Refuse(object? value)
        => Refuse(PSObject.AsPSObject(value ?? "").BaseObject, Expected);

    /// <summary>What a value names.</summary>
    internal static ImageIdentity Read(object value)
    {
        var wrapped = PSObject.AsPSObject(value);
        return Read(wrapped.BaseObject is PSCustomObject ? wrapped : wrapped.BaseObject, wrapped);
    }

    private protected override ImageIdentity Convert(object input, PSObject wrapped, EngineIntrinsics engine)
        => WholeImages && IsPart(wrapped) ? throw Refuse(input, Expected) : Read(input, wrapped);

    private static ImageIdentity Read(object input, PSObject wrapped) => input switch
    {
        ImageIdentity identity => identity,
        string text when string.IsNullOrWhiteSpace(text)
            => throw new ZLayerException(ZLayerErrorKind.InvalidImageReference, $"An image name is empty. Expected {Expected}."),
        string text => new ImageIdentity(text.Trim(), null),
        ImageReference reference => new ImageIdentity(reference.ToString(), null),
        Digest digest => new ImageIdentity(digest.ToString(), null),
        _ when MayBeImage(wrapped) => FromProperties(input, wrapped),
        _ => throw Refuse(input, Expected),
    };

    private static bool MayBeImage(PSObject wrapped)
        => ObjectProperties.Origin(wrapped) is not { } origin || Images.Contains(origin)
            || (origin == typeof(ZLayerEvent).FullName && ObjectProperties.Text(wrapped, "Type") == "image");

    private static bool IsPart(PSObject wrapped) => Parts.Contains(ObjectProperties.Origin(wrapped));

    private static ImageIdentity FromProperties(object input, PSObject wrapped)
    {
        var name = ObjectProperties.Text(wrapped, "Reference")
            ?? RepositoryAndTag(wrapped)
            ?? ObjectProperties.Text(wrapped, "Image")
            ?? ObjectProperties.Text(wrapped, "Name")
            // Of a result where the image went; a row that names an image as well says where it is to go.
            ?? ObjectProperties.Text(wrapped, "Destination")
            ?? ObjectProperties.First(wrapped, "Tags")
            ?? ObjectProperties.Text(wrapped, "Id")
            ?? ObjectProperties.Text(wrapped, "ImageId")
            ?? throw Refuse(input, Expected);
        return new ImageIdentity(name, ObjectProperties.Text(wrapped, "Root"), ObjectProperties.Text(wrapped, "Runtime"));
    }

    private static string? RepositoryAndTag(PSObject wrapped)
        => ObjectProperties.Text(wrapped, "Repository") is { } repository && repository != "<none>"
            && ObjectProperties.Text(wrapped, "Tag") is { } tag && tag != "<none>"
            ? $"{repository}:{tag}"
            : null;
}
