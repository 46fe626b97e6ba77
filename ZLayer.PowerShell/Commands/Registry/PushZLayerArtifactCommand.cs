using System.Management.Automation;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries.Artifacts;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Pushes files to a registry as an artifact of its own.</summary>
/// <remarks>
/// <para>
/// Any files can be kept in a registry beside images: charts, policies, models, release archives. The same files make the same artifact.
/// Files go to an artifact that refers to an image with Add-ZLayerReferrer.
/// </para>
/// </remarks>
/// <example>
/// <summary>Keep a release archive in a registry</summary>
/// <code>Push-ZLayerArtifact ghcr.io/org/tool:1.0 tool-linux.tar.gz, tool-windows.zip -ArtifactType application/vnd.example.release</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage">OCI image
/// specification: artifacts</seealso> <seealso cref="ReceiveZLayerArtifactCommand"/> <seealso cref="AddZLayerReferrerCommand"/>
[Cmdlet(VerbsCommon.Push, "ZLayerArtifact", SupportsShouldProcess = true)]
[OutputType(typeof(Referrer))]
public sealed class PushZLayerArtifactCommand : ArtifactCmdlet
{
    /// <summary>Where to push to, with a tag.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "Where to push to, with a tag.")]
    [Alias("Destination")]
    [ImageReference]
    [ValidateNotNull]
    [ArgumentCompleter(typeof(RemoteImageCompleter))]
    public ImageReference? Reference { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ReadContent() is not { } content
            || !ShouldProcess(Reference!.ToString(), $"Push {content.Files.Count} files as {ArtifactType}"))
        {
            return;
        }

        var engine = GetEngine();
        UseCredential(engine, Reference.Registry);
        var destination = Reference;
        if (Publish(
            destination.ToString(), (progress, cancellationToken) => engine.PushArtifactAsync(
                destination, content, progress, cancellationToken)) is { } pushed)
        {
            WriteObject(pushed);
        }
    }
}
