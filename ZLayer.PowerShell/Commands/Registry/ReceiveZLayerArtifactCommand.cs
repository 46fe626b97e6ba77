using System.Management.Automation;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Fetches the files of artifacts from registries.</summary>
/// <remarks>
/// <para>
/// Each file is verified against its digest and appears under its own name, whole or not at all. Names that lead out of the directory are
/// refused.
/// </para>
/// </remarks>
/// <example>
/// <summary>Fetch a release</summary>
/// <code>Receive-ZLayerArtifact ghcr.io/org/tool:1.0 -Destination release</code>
/// </example>
/// <example>
/// <summary>Fetch everything that refers to an image</summary>
/// <code>Get-ZLayerReferrer ghcr.io/org/app:1.0 | Receive-ZLayerArtifact -Destination evidence</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/manifest.md#guidelines-for-artifact-usage">OCI image
/// specification: artifacts</seealso> <seealso cref="GetZLayerReferrerCommand"/> <seealso cref="PushZLayerArtifactCommand"/>
[Cmdlet(VerbsCommunications.Receive, "ZLayerArtifact", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ReceiveZLayerArtifactCommand : RegistryCmdlet
{
    /// <summary>The artifacts: names in registries, tags or digests, or objects of Get-ZLayerReferrer.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The artifacts: names in registries, or objects of Get-ZLayerReferrer.")]
    [Alias("Name", "InputObject")]
    [ImageReference]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RemoteImageCompleter))]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>The directory that the files go to; made where it is missing. The current directory without it.</summary>
    [Parameter(Position = 1, HelpMessage = "The directory that the files go to.")]
    [ValidateNotNullOrEmpty]
    public string Destination { get; set; } = ".";

    /// <summary>Replaces files that are there.</summary>
    [Parameter(HelpMessage = "Replaces files that are there.")]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        var directory = ResolveNewPath(Destination);
        var engine = GetEngine();
        foreach (var reference in Reference)
        {
            if (!ShouldProcess(reference.ToString(), $"Receive artifact into {directory}"))
            {
                continue;
            }

            UseCredential(engine, reference.Registry);
            RunAsync(reference, async (sink, cancellationToken) =>
            {
                var progress = new TransferProgressReporter(sink, $"Receive {reference.ToFamiliarString()}", "ZLayer.Pull");
                try
                {
                    foreach (var path in await engine.PullArtifactAsync(reference, directory, Force, progress, cancellationToken))
                    {
                        await sink.WriteObjectAsync(new FileInfo(path));
                    }
                }
                finally
                {
                    progress.Complete();
                }
            });
        }
    }
}
