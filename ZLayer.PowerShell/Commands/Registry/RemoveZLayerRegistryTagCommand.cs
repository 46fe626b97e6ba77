using System.Management.Automation;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Deletes tags, or images by digest, from registries.</summary>
/// <remarks>
/// <para>
/// A tag is deleted alone: the image stays with its other tags. A digest deletes the image and with it every tag that names it. Nothing
/// brings it back.
/// </para>
/// <para>
/// Not all registries delete, and not all delete single tags; then the error is OperationNotSupported, and its advice names the digest.
/// </para>
/// </remarks>
/// <example>
/// <summary>Delete old tags</summary>
/// <code>Get-ZLayerRegistryTag localhost:5000/app -Name nightly-* -Detailed | Where-Object Created -lt (Get-Date).AddDays(-30) | Remove-ZLayerRegistryTag</code>
/// </example>
/// <example>
/// <summary>Delete an image with all its tags</summary>
/// <code>$tag = Get-ZLayerRegistryTag localhost:5000/app -Name 1.0 -Detailed
/// Remove-ZLayerRegistryTag "localhost:5000/app@$($tag.Digest)"</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#content-management">OCI distribution specification:
/// content management</seealso> <seealso cref="GetZLayerRegistryTagCommand"/>
[Cmdlet(VerbsCommon.Remove, "ZLayerRegistryTag", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium)]
[OutputType(typeof(void))]
public sealed class RemoveZLayerRegistryTagCommand : RegistryCmdlet
{
    /// <summary>What to delete: names with a tag or a digest, or objects of Get-ZLayerRegistryTag and Get-ZLayerReferrer.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "What to delete: names with a tag or a digest.")]
    [Alias("Image", "InputObject")]
    [ImageReference]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemoteImageCompleter))]
    public ImageReference[] Reference { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = GetEngine();
        foreach (var reference in Reference)
        {
            if (!ShouldProcess(
                reference.ToString(), reference.Digest is null
                    ? "Delete tag from registry"
                    : "Delete image and all its tags from registry"))
            {
                continue;
            }

            UseCredential(engine, reference.Registry);
            RunAsync(reference, async (sink, cancellationToken) =>
            {
                await engine.DeleteRemoteAsync(reference, cancellationToken);
            });
        }
    }
}
