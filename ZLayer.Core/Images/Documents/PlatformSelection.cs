using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Images.Documents;

/// <summary>Which of the manifests of an image serves a platform, and what is said where none does.</summary>
internal static class PlatformSelection
{
    /// <summary>
    /// The manifest that serves the platform best; null where none does. The only one, where it names none, such as an artifact, is for
    /// all.
    /// </summary>
    public static PlatformManifest? Best(IReadOnlyList<PlatformManifest> images, Platform wanted)
        => PlatformMatch.Best(wanted, images, image => image.Platform) ?? (images is [{ Platform: null } only] ? only : null);

    /// <summary>The manifest that serves the platform best.</summary>
    /// <param name="images">What there is.</param>
    /// <param name="wanted">The platform.</param>
    /// <param name="subject">The image, for errors.</param>
    /// <exception cref="ZLayerException">PlatformNotAvailable, naming the platforms that there are.</exception>
    public static Descriptor Choose(IReadOnlyList<PlatformManifest> images, Platform wanted, string subject)
        => Best(images, wanted)?.Manifest ?? throw NotAvailable(subject, wanted, images.Select(image => image.Platform));

    /// <summary>The error for an image that is not there for the platform that is wanted.</summary>
    /// <param name="subject">The image.</param>
    /// <param name="wanted">The platform.</param>
    /// <param name="offers">The platforms that there are.</param>
    /// <param name="isStored">Whether the store was asked, and the registry may have more.</param>
    public static ZLayerException NotAvailable(string subject, Platform wanted, IEnumerable<Platform?> offers, bool isStored = false)
    {
        var available = offers.Select(offer => offer?.ToFullString()).OfType<string>().Distinct().ToList();
        var choice = DoorWords.Of("--platform", "-Platform");
        return new ZLayerException(
            ZLayerErrorKind.PlatformNotAvailable,
            $"{subject} has no image for {wanted.ToFullString()}{(isStored ? " in the store" : "")}. It has: {(available.Count == 0 ? "none" : string.Join(", ", available))}.")
        {
            Subject = subject,
            Advice = isStored
                ? $"Pull it for {wanted.ToFullString()}, or choose one of these with {choice}."
                : $"Choose one of these with {choice}, or another image.",
        };
    }
}
