using System.Management.Automation;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries.Artifacts;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Lists what refers to images in registries: signatures, SBOMs, attestations and other artifacts.</summary>
/// <remarks>
/// <para>Asks the registry's referrers API, and the tag that stands in for it on registries that do not have it.</para>
/// </remarks>
/// <example>
/// <summary>List the SBOMs of an image</summary>
/// <code>Get-ZLayerReferrer ghcr.io/org/app:1.0 -ArtifactType application/spdx+json</code>
/// </example>
/// <example>
/// <summary>Fetch them</summary>
/// <code>Get-ZLayerReferrer ghcr.io/org/app:1.0 -ArtifactType application/spdx+json | Receive-ZLayerArtifact -Destination sbom</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/distribution-spec/blob/main/spec.md#listing-referrers">OCI distribution specification:
/// listing referrers</seealso> <seealso cref="AddZLayerReferrerCommand"/> <seealso cref="ReceiveZLayerArtifactCommand"/>
[Cmdlet(VerbsCommon.Get, "ZLayerReferrer")]
[OutputType(typeof(Referrer))]
public sealed class GetZLayerReferrerCommand : RegistryCmdlet
{
    /// <summary>The images: names in registries, tags or digests.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The images: names in registries, tags or digests.")]
    [Alias("Image", "Name", "InputObject")]
    [ImageReference]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemoteImageCompleter))]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>Only artifacts of this type, such as 'application/spdx+json'.</summary>
    [Parameter(Position = 1, HelpMessage = "Only artifacts of this type, such as 'application/spdx+json'.")]
    [ValidateNotNullOrEmpty]
    public string? ArtifactType { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var engine = GetEngine();
        foreach (var reference in Reference)
        {
            UseCredential(engine, reference.Registry);
            RunAsync(reference, async (sink, cancellationToken) =>
            {
                await foreach (var referrer in engine.GetReferrersAsync(reference, ArtifactType, cancellationToken))
                {
                    await sink.WriteObjectAsync(referrer);
                }
            });
        }
    }
}
