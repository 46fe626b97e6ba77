using ZLayer.Core.Oci;

namespace ZLayer.Core.Images;

/// <summary>Which images a list shows. Members that are not set do not matter; those that are must all be met.</summary>
public sealed record ImageFilter
{
    /// <summary>
    /// Names with the wildcards <c>*</c> and <c>?</c>; one of them must match the repository or repository and tag, familiar or in full. A
    /// name without wildcards and tag matches every tag of its repository; an id or its beginning matches that image.
    /// </summary>
    public IReadOnlyList<string> Names { get; init => field = value.ToArray(); } = [];

    /// <summary>True: only images without a name; false: only images with one.</summary>
    public bool? Dangling { get; init; }

    /// <summary>Labels that the image has, <c>key</c> or <c>key=value</c>.</summary>
    public IReadOnlyList<string> Labels { get; init => field = value.ToArray(); } = [];

    /// <summary>Only images made before this image.</summary>
    public string? Before { get; init; }

    /// <summary>Only images made after this image.</summary>
    public string? Since { get; init; }

    /// <summary>Only images that have this platform, which is then the one shown.</summary>
    public Platform? Platform { get; init; }

    /// <summary>Whether it lets every image through.</summary>
    public bool IsEmpty
        => Names.Count == 0 && Dangling is null && Labels.Count == 0 && Before is null && Since is null && Platform is null;
}
