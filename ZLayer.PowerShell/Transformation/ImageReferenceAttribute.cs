using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.PowerShell.Transformation;

/// <summary>Takes names with registry, repository and tag, and objects that have one.</summary>
public sealed class ImageReferenceAttribute : ValueTransformationAttribute<ImageReference>
{
    private const string Expected = "an image name such as 'localhost:5000/team/app:1.0'";

    private protected override ImageReference Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => ImageReference.Parse(text),
        ImageIdentity identity => ImageReference.Parse(identity.Text),
        _ when ObjectProperties.AreOurs(wrapped) && ObjectProperties.Text(wrapped, "Reference") is { } name => ImageReference.Parse(name),
        _ when ImageIdentityAttribute.IsImage(wrapped) => ReferenceOf(input),
        // An ImageReference that a job brought back.
        _ when ObjectProperties.AreOurs(wrapped)
            && ObjectProperties.Text(wrapped, "FamiliarName") is not null => ImageReference.Parse(wrapped.ToString()),
        _ => throw Refuse(input, Expected),
    };

    // An image may be known by its id alone, which is no place in a registry.
    private static ImageReference ReferenceOf(object image)
        => ImageIdentityAttribute.Read(image).Text is var text && !text.StartsWith("sha256:", StringComparison.Ordinal)
            ? ImageReference.Parse(text)
            : throw new ZLayerException(ZLayerErrorKind.InvalidImageReference, $"The image {text} has no name. Expected {Expected}.")
            {
                Subject = text,
            };
}
