using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Manifests;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Pushes manifest lists with the images that they name.</summary>
/// <remarks>
/// <para>
/// Blobs go first, then the manifests, the list last. Images that the data root does not hold come from the repositories that do: the
/// registry takes them over where it has them itself, else they are carried over.
/// </para>
/// <para>
/// -Format says the type of the list. OCI's index may hold images of both families. For Docker's manifest list OCI images are converted:
/// their manifests get other digests, their ids stay. What such a list cannot say, annotations and artifacts, is an error.
/// </para>
/// </remarks>
/// <example>
/// <summary>Make and push a list of images for two platforms</summary>
/// <code>New-ZLayerManifest ghcr.io/o/app:1.0 -Image app:amd64, app:arm64 | Push-ZLayerManifest</code>
/// </example>
/// <example>
/// <summary>Push under another name, as a Docker manifest list, and forget the local one</summary>
/// <code>Push-ZLayerManifest app:1.0 -Destination localhost:5000/app:1.0 -Format Docker -RemoveLocal</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/image-spec/blob/main/image-index.md">OCI image index</seealso>
/// <seealso cref="NewZLayerManifestCommand"/>
/// <seealso cref="AddZLayerManifestEntryCommand"/>
/// <seealso cref="PushZLayerImageCommand"/>
[Cmdlet(VerbsCommon.Push, "ZLayerManifest", SupportsShouldProcess = true)]
[OutputType(typeof(PushResult))]
public sealed class PushZLayerManifestCommand : TransferCmdlet
{
    private readonly List<Target> _targets = [];

    /// <summary>The lists: names, wildcards, or objects of Get-ZLayerManifest.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The lists: names, wildcards, or objects of Get-ZLayerManifest.")]
    [Alias("Reference", "InputObject")]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    [ImageIdentity]
    [ArgumentCompleter(typeof(ManifestNameCompleter))]
    public ImageIdentity[] Name { get; set; } = [];

    /// <summary>Where to push to, when it is not where the list's name says. Only one list can be pushed to it.</summary>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true, HelpMessage = "Where to push to, when it is not where the list's name says.")]
    [ImageReference]
    [ValidateNotNull]
    public ImageReference? Destination { get; set; }

    /// <summary>
    /// Also pushes the images of the list, which is the default; -IncludeImage:$false pushes the list alone to where its images are.
    /// </summary>
    [Parameter(HelpMessage = "Also pushes the images of the list, which is the default; -IncludeImage:$false pushes the list alone to where its images are.")]
    public SwitchParameter IncludeImage { get; set; } = true;

    /// <summary>The type of the list: Oci or Docker; without it as it is.</summary>
    [Parameter(HelpMessage = "The type of the list: Oci or Docker; without it as it is.")]
    public ImageFormat Format { get; set; }

    /// <summary>How layers are compressed that the data root holds uncompressed: None, Gzip (the default) or Zstd.</summary>
    [Parameter(HelpMessage = "How layers are compressed that the data root holds uncompressed.")]
    public LayerCompression Compression { get; set; } = LayerCompression.Gzip;

    /// <summary>The level of the compression; its default without it.</summary>
    [Parameter(HelpMessage = "The level of the compression.")]
    [ValidateRange(0, 22)]
    public int? CompressionLevel { get; set; }

    /// <summary>Removes the list from the data root once it is pushed; images stay under their own names.</summary>
    [Parameter(HelpMessage = "Removes the list from the data root once it is pushed; images stay under their own names.")]
    public SwitchParameter RemoveLocal { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (var identity in Name)
        {
            var engine = GetEngine(identity.Root);
            foreach (var list in ManifestSelection.Find(this, engine, identity))
            {
                Add(engine, list);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        var options = new ManifestPushOptions
        {
            IncludeImages = IncludeImage,
            Format = MyInvocation.BoundParameters.ContainsKey(nameof(Format)) ? Format : null,
            Compression = Compression,
            Level = CompressionLevel,
            RemoveLocal = RemoveLocal,
        };
        RunForEach(_targets, (target, sink, cancellationToken) => PushAsync(target, options, sink, cancellationToken));
    }

    private void Add(ZLayerEngine engine, ManifestInfo list)
    {
        if (Destination is not null && _targets.Any(target => target.Destination == Destination))
        {
            WriteError(ErrorMapper.ToErrorRecord(new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"'{list.Name}' was not pushed: '{Destination}' can be the destination of one list only.")
            {
                Subject = list.Name,
                Advice = "Push each list by itself.",
            }));
            return;
        }

        var destination = Destination ?? list.Reference!;
        var action = $"Push {list.Name} to {destination}";
        var entries = string.Join('\n', list.Entries.Select(entry
            => $"  {entry.Platform}: {entry.Digest.ShortHex} {(entry.IsLocal ? "of the data root" : $"of {entry.Source ?? "nowhere"}")}"));
        if (ShouldProcess($"{action}\n{entries}", $"{action}?", "Push-ZLayerManifest"))
        {
            UseCredential(engine, destination.Registry);
            _targets.Add(new Target(engine, list.Reference!, destination));
        }
    }

    private static async Task PushAsync(Target target, ManifestPushOptions options, IPipelineSink sink, CancellationToken cancellationToken)
    {
        var progress = new TransferProgressReporter(sink, $"Push {target.Destination.ToFamiliarString()}", "ZLayer.Push");
        try
        {
            await sink.WriteObjectAsync(
                await target.Engine.Manifests.PushAsync(target.List, target.Destination, options, progress, cancellationToken));
        }
        finally
        {
            progress.Complete();
        }
    }

    private sealed record Target(ZLayerEngine Engine, ImageReference List, ImageReference Destination)
    {
        public override string ToString() => List.ToFamiliarString();
    }
}
