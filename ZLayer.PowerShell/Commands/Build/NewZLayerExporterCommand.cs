using System.Globalization;
using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Describes an output for Invoke-ZLayerBuild -Output.</summary>
/// <remarks>
/// <para>
/// The result is a value: nothing is written and nobody is asked. It is the same as the text 'type=oci,dest=app.tar', which -Output takes
/// too; this cmdlet completes what can be said, and refuses what the output does not have before the build.
/// </para>
/// </remarks>
/// <example>
/// <summary>Write an archive with Zstandard layers beside the image in the store</summary>
/// <code>Invoke-ZLayerBuild . -Tag app:1.0 -Output (New-ZLayerExporter Oci -Destination app.tar -Compression Zstd)</code>
/// </example>
/// <example>
/// <summary>Take the files of a stage out of a build</summary>
/// <code>$files = New-ZLayerExporter Directory ./results/new
/// Invoke-ZLayerBuild ./web -Target test -Output $files</code>
/// </example>
/// <example>
/// <summary>See the text that says the same</summary>
/// <code>"$(New-ZLayerExporter Registry -Tag ghcr.io/org/app:1.0, ghcr.io/org/app:latest -Attribute @{ 'rewrite-timestamp' = 'true' })"</code>
/// </example>
/// <seealso href="https://docs.docker.com/build/exporters/">Exporters of BuildKit</seealso>
/// <seealso cref="InvokeZLayerBuildCommand"/>
[Cmdlet(VerbsCommon.New, "ZLayerExporter")]
[OutputType(typeof(ExporterSpecification))]
public sealed class NewZLayerExporterCommand : ZLayerCmdlet
{
    /// <summary>
    /// What the output is: Oci and OciDirectory (an OCI layout), Docker (for docker load), DockerEngine, Tar and Directory (the files of
    /// the image), Image, Registry.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, HelpMessage = "What the output is: Oci, OciDirectory, Docker, DockerEngine, Tar, Directory, Image, Registry.")]
    public ExporterType Type { get; set; }

    /// <summary>The file or directory that is written.</summary>
    [Parameter(Position = 1, HelpMessage = "The file or directory that is written.")]
    [ValidateNotNullOrEmpty]
    public string? Destination { get; set; }

    /// <summary>The names that the image gets there; those of the build without it.</summary>
    [Parameter(HelpMessage = "The names that the image gets there; those of the build without it.")]
    [ImageReference]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(ImageNameCompleter))]
    public ImageReference[] Tag { get; set; } = [];

    /// <summary>How layers are compressed: None, Gzip or Zstd.</summary>
    [Parameter(HelpMessage = "How layers are compressed: None, Gzip or Zstd.")]
    public LayerCompression? Compression { get; set; }

    /// <summary>The level of the compression: 1 to 9 for Gzip, 1 to 22 for Zstd.</summary>
    [Parameter(HelpMessage = "The level of the compression: 1 to 9 for Gzip, 1 to 22 for Zstd.")]
    [ValidateRange(1, 22)]
    public int? CompressionLevel { get; set; }

    /// <summary>Compresses layers of the base image anew, too.</summary>
    [Parameter(HelpMessage = "Compresses layers of the base image anew, too.")]
    public SwitchParameter ForceCompression { get; set; }

    /// <summary>With Image: pushes it after the build.</summary>
    [Parameter(HelpMessage = "With Image: pushes it after the build.")]
    public SwitchParameter Push { get; set; }

    /// <summary>With DockerEngine: the runtime that gets the image; docker without it.</summary>
    [Parameter(HelpMessage = "With DockerEngine: the runtime that gets the image.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(RuntimeNameCompleter))]
    public string? Runtime { get; set; }

    /// <summary>Further attributes of BuildKit's outputs: a hashtable, or 'name=value' texts.</summary>
    [Parameter(HelpMessage = "Further attributes of the output: a hashtable, or 'name=value' texts.")]
    [NameValue]
    [ArgumentCompleter(typeof(ExporterAttributeCompleter))]
    public NameValueTable? Attribute { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        try
        {
            var exporter = Specify();
            ZLayerSession.Current.GetEngine(FullRoot).CheckOutput(exporter);
            WriteObject(exporter);
        }
        catch (ZLayerException exception)
        {
            ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, Type));
        }
    }

    private ExporterSpecification Specify()
    {
        var isWritten = Type is not (ExporterType.DockerEngine or ExporterType.Image or ExporterType.Registry);
        if (Destination is null == isWritten)
        {
            throw isWritten
                ? new ZLayerException(ZLayerErrorKind.InvalidArgument, $"An output of type {Type} needs a place to be written to.")
                {
                    Advice = "Add -Destination.",
                }
                : new ZLayerException(ZLayerErrorKind.InvalidArgument, $"An output of type {Type} writes no file.")
                {
                    Subject = Destination,
                    Advice = "Leave -Destination out; -Tag names the image.",
                };
        }

        if (Destination == "-")
        {
            throw ExporterAttribute.NoStandardOutput();
        }

        var environment = ZLayerEngineOptions.FromEnvironment(FullRoot).Environment;
        var attributes = NameValueAttribute.ToDictionary(Attribute, environment).ToDictionary(StringComparer.Ordinal);
        foreach (var (name, value) in Attributes())
        {
            if (!attributes.TryAdd(name, value))
            {
                throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The attribute '{name}' is given twice.")
                {
                    Subject = name,
                    Advice = "Leave it out of -Attribute.",
                };
            }
        }

        return new ExporterSpecification
        {
            Type = Type switch
            {
                ExporterType.OciDirectory => "oci",
                ExporterType.DockerEngine => "docker-engine",
                ExporterType.Directory => "local",
                _ => Type.ToString().ToLowerInvariant(),
            },
            Destination = Destination is null ? null : ResolveNewPath(Destination),
            Attributes = attributes,
        };
    }

    // The attributes that have parameters, by BuildKit's names.
    private IEnumerable<(string Name, string Value)> Attributes()
    {
        if (Type == ExporterType.OciDirectory)
        {
            yield return ("tar", "false");
        }

        if (Tag.Length > 0)
        {
            yield return ("name", string.Join(',', Tag.Select(tag => tag.ToString())));
        }

        if (Compression is { } compression)
        {
            yield return ("compression", compression == LayerCompression.None ? "uncompressed" : compression.ToString().ToLowerInvariant());
        }

        if (CompressionLevel is { } level)
        {
            yield return ("compression-level", level.ToString(CultureInfo.InvariantCulture));
        }

        if (ForceCompression)
        {
            yield return ("force-compression", "true");
        }

        if (Push)
        {
            yield return ("push", "true");
        }

        if (Runtime is not null)
        {
            yield return ("runtime", Runtime);
        }
    }
}
