using System.Management.Automation;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// What a user names an image by: a reference, a digest, an id or the beginning of one, a wildcard, or an image object. It remembers the
/// data root and the runtime of the object that it came from.
/// </summary>
public sealed class ImageIdentity
{
    /// <summary>
    /// Names an image by a text or an object, as the parameters of the cmdlets do. Mocks of cmdlets, which have no transformations, come
    /// here.
    /// </summary>
    /// <param name="value">The name, id or object.</param>
    /// <exception cref="Core.Errors.ZLayerException">InvalidArgument or InvalidImageReference: it names no image.</exception>
    public ImageIdentity(object value)
    {
        var identity = ImageIdentityAttribute.Read(value);
        (Text, Root, Runtime) = (identity.Text, identity.Root, identity.Runtime);
    }

    internal ImageIdentity(string text, string? root, string? runtime = null)
    {
        Text = text;
        Root = root;
        Runtime = runtime;
    }

    /// <summary>The name as it was written, or the identity of the object.</summary>
    public string Text { get; }

    /// <summary>The data root of the object that this came from; null for a bare name.</summary>
    public string? Root { get; }

    /// <summary>The runtime that holds the object that this came from; null for a bare name and for an image of the store.</summary>
    public string? Runtime { get; }

    /// <summary>True when the name is a pattern.</summary>
    public bool IsPattern => WildcardPattern.ContainsWildcardCharacters(Text);

    /// <summary>The name.</summary>
    public override string ToString() => Text;
}
