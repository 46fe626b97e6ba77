using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Finds the images of runtimes that users name.</summary>
internal static class RuntimeImages
{
    /// <summary>
    /// The runtime that holds what an identity means; null is ZLayer's own store. An object knows where it came from; -Runtime speaks for
    /// bare names.
    /// </summary>
    /// <param name="identity">The image.</param>
    /// <param name="runtime">The value of -Runtime.</param>
    /// <param name="root">The full path of -Root.</param>
    /// <exception cref="ZLayerException">RuntimeNotFound.</exception>
    public static IContainerRuntime? Of(ImageIdentity identity, string? runtime, string? root)
        => (identity.Runtime ?? (identity.Root is null ? runtime : null)) is { } name
            ? ZLayerSession.Current.GetRuntime(name, identity.Root ?? root)
            : null;

    /// <summary>The images that an identity means. A pattern may match none; a name that matches none is an error.</summary>
    /// <exception cref="ZLayerException">ImageNotFound, RuntimeUnavailable; InvalidArgument for the beginning of several ids.</exception>
    public static Task<IReadOnlyList<ImageInfo>> FindAsync(
        IContainerRuntime runtime, ImageIdentity identity, CancellationToken cancellationToken)
        => FindAsync(runtime, identity, new ImageFilter(), cancellationToken);

    /// <summary>Those that a filter lets through. An image that the filter hides is not an error.</summary>
    /// <exception cref="ZLayerException">ImageNotFound, RuntimeUnavailable; InvalidArgument for the beginning of several ids.</exception>
    public static async Task<IReadOnlyList<ImageInfo>> FindAsync(
        IContainerRuntime runtime, ImageIdentity identity, ImageFilter filter, CancellationToken cancellationToken)
    {
        var all = await runtime.ListImagesAsync(filter, cancellationToken);
        if (identity.IsPattern)
        {
            var pattern = WildcardPattern.Get(identity.Text, WildcardOptions.IgnoreCase);
            return identity.Text == "*" ? all : [.. all.Where(image => ImageSelection.Matches(pattern, image))];
        }

        // As in the store, a name without a tag means every tag of its repository.
        var reference = ImageReference.TryParse(identity.Text, out var parsed) ? parsed : null;
        List<ImageInfo> named = [.. all.Where(image => image.Reference is { } name
            && (name == reference || identity.Text == name.FamiliarName || identity.Text == name.Name))];
        if (named.Count > 0)
        {
            return named;
        }

        var found = await runtime.InspectImageAsync(KeyOf(identity), cancellationToken);
        return filter.IsEmpty || all.Any(image => image.Id == found.Id) ? [found] : [];
    }

    /// <summary>The image of a name as the runtime wrote it, or of an id.</summary>
    /// <exception cref="ZLayerException">ImageNotFound, RuntimeUnavailable.</exception>
    public static async Task<ImageInfo> FindOneAsync(IContainerRuntime runtime, string name, CancellationToken cancellationToken)
        => (await FindAsync(runtime, new ImageIdentity(name, null), cancellationToken)).FirstOrDefault(image => KeyOf(image) == name)
            ?? await runtime.InspectImageAsync(name, cancellationToken);

    /// <summary>What the runtime is asked for, one key for each image: names as it writes them, ids.</summary>
    /// <exception cref="ZLayerException">RuntimeUnavailable.</exception>
    public static async Task<IReadOnlyList<string>> KeysAsync(
        IContainerRuntime runtime, ImageIdentity identity, CancellationToken cancellationToken)
        => identity.IsPattern
            ? [.. (await FindAsync(runtime, identity, cancellationToken)).Select(KeyOf).Distinct(StringComparer.Ordinal)]
            : [KeyOf(identity)];

    /// <summary>The name of an image as engines write it; its id without a name.</summary>
    public static string KeyOf(ImageInfo image) => image.Reference?.ToFamiliarString() ?? image.Id.ToString();

    /// <summary>As <see cref="KeyOf(ImageInfo)"/>, for a text that may be a name in full.</summary>
    public static string KeyOf(ImageIdentity identity)
        => ImageReference.TryParse(identity.Text, out var reference) && reference.ToString() == identity.Text
            ? reference.ToFamiliarString()
            : identity.Text;

    /// <summary>Does work on images of a runtime; its failure is an error of this target.</summary>
    public static async Task GuardAsync(IPipelineSink sink, string target, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            await sink.WriteErrorAsync(ErrorMapper.ToErrorRecord(exception, target));
        }
    }
}
