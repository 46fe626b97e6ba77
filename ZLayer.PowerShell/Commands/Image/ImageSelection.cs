using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Finds the images of the store that users name.</summary>
internal static class ImageSelection
{
    /// <summary>The images that an identity means. A pattern may match none; a name that matches none is an error.</summary>
    /// <exception cref="ZLayerException">ImageNotFound, InvalidArgument for an id that means several.</exception>
    public static IReadOnlyList<ImageInfo> Find(ZLayerEngine engine, ImageIdentity identity, ImageFilter filter)
    {
        if (identity.IsPattern)
        {
            var pattern = WildcardPattern.Get(identity.Text, WildcardOptions.IgnoreCase);
            return [.. engine.Images.List(filter).Where(image => Matches(pattern, image))];
        }

        var found = engine.Images.List(filter with { Names = [identity.Text] });
        if (found.Count == 0)
        {
            // Says why: no such image, or an id that means several. An image that the filter hides is not an error; one that is named by
            // its digest has other names, or none.
            var target = engine.Images.GetTarget(identity.Text);
            found = [.. engine.Images.List(filter).Where(image => image.Digest == target.Digest)];
        }

        return found;
    }

    /// <summary>The names, or ids where there is no name, that an identity means; errors are written to the cmdlet.</summary>
    public static IReadOnlyList<string> NamesOf(Cmdlet cmdlet, ZLayerEngine engine, ImageIdentity identity)
    {
        if (!identity.IsPattern)
        {
            return [identity.Text];
        }

        try
        {
            return [.. Find(engine, identity, new ImageFilter()).Select(NameOf).Distinct(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            cmdlet.WriteError(ErrorMapper.ToErrorRecord(exception, identity.Text));
            return [];
        }
    }

    /// <summary>What names exactly this image: its full name, or its id.</summary>
    public static string NameOf(ImageInfo image) => image.Reference?.ToString() ?? image.Digest.ToString();

    /// <summary>Whether a pattern fits one of the ways to write the name of an image.</summary>
    public static bool Matches(WildcardPattern pattern, ImageInfo image)
        => image.Reference is { } reference
            && (pattern.IsMatch(reference.ToFamiliarString()) || pattern.IsMatch(reference.FamiliarName)
                || pattern.IsMatch(reference.ToString()) || pattern.IsMatch(reference.Name));
}
