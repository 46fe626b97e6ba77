using System.Management.Automation;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries.Artifacts;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Attaches files to images in registries: an SBOM, a signature, a report.</summary>
/// <remarks>
/// <para>
/// The files become an artifact beside the image, which refers to it by digest; the image itself does not change. The same files make the
/// same artifact. A registry without the referrers API gets the tag that stands in for it.
/// </para>
/// </remarks>
/// <example>
/// <summary>Attach an SBOM</summary>
/// <code>Add-ZLayerReferrer ghcr.io/org/app:1.0 app.spdx.json -ArtifactType application/spdx+json</code>
/// </example>
/// <example>
/// <summary>Attach test results with annotations</summary>
/// <code>Add-ZLayerReferrer localhost:5000/app:1.0 results/*.xml -ArtifactType application/vnd.example.tests -Annotation @{ 'org.example.run' = 42 } -PassThru</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage">OCI image
/// specification: artifacts</seealso> <seealso cref="GetZLayerReferrerCommand"/> <seealso cref="PushZLayerArtifactCommand"/>
[Cmdlet(VerbsCommon.Add, "ZLayerReferrer", SupportsShouldProcess = true)]
[OutputType(typeof(Referrer))]
public sealed class AddZLayerReferrerCommand : ArtifactCmdlet
{
    /// <summary>The images to attach to: names in registries, tags or digests.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The images to attach to: names in registries, tags or digests.")]
    [Alias("Image", "Name", "InputObject")]
    [ImageReference]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemoteImageCompleter))]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>Returns what was attached.</summary>
    [Parameter(HelpMessage = "Returns what was attached.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ReadContent() is not { } content)
        {
            return;
        }

        foreach (var reference in Reference)
        {
            if (!ShouldProcess(reference.ToString(), $"Attach {content.Files.Count} files as {ArtifactType}"))
            {
                continue;
            }

            var engine = GetEngine();
            UseCredential(engine, reference.Registry);
            if (Publish(
                reference.ToString(), (progress, cancellationToken) => engine.AttachAsync(
                    reference, content, progress, cancellationToken)) is { } attached
                && PassThru)
            {
                WriteObject(attached);
            }
        }
    }
}
