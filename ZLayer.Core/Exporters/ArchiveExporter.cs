using ZLayer.Core.Errors;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes.Transfers;

namespace ZLayer.Core.Exporters;

/// <summary>
/// <c>type=oci</c> and <c>type=docker</c>: an image archive, as a file, a stream, or with <c>tar=false</c> an OCI layout directory.
/// </summary>
internal sealed class ArchiveExporter : IExporter
{
    private readonly ArchiveWriter _writer;
    private readonly bool _docker;

    private ArchiveExporter(ArchiveWriter writer, bool docker)
    {
        _writer = writer;
        _docker = docker;
    }

    /// <inheritdoc/>
    public string Type => _docker ? "docker" : "oci";

    /// <summary>The exporter of <c>type=oci</c>.</summary>
    public static ArchiveExporter Oci(ArchiveWriter writer) => new(writer, docker: false);

    /// <summary>The exporter of <c>type=docker</c>, which takes one platform.</summary>
    public static ArchiveExporter Docker(ArchiveWriter writer) => new(writer, docker: true);

    /// <inheritdoc/>
    public IExporterInstance Resolve(int id, ExporterSpecification specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        var attributes = new ExporterAttributes(specification);
        var destination = attributes.Destination("Add dest=FILE, or dest=- for standard output.");
        var names = attributes.Names();
        var isTar = attributes.Boolean("tar", fallback: true);
        var isOciTypes = attributes.Boolean("oci-mediatypes", fallback: true);
        var compression = attributes.Compression();
        var epoch = attributes.Times().Epoch;
        attributes.RefuseOthers();
        if (!isTar && (_docker || destination == "-"))
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "tar=false writes a directory, which needs type=oci and a path.");
        }

        var options = new ArchiveOptions
        {
            Format = _docker ? ArchiveFormat.DockerArchive : isTar ? ArchiveFormat.OciArchive : ArchiveFormat.OciDirectory,
            Compression = compression.Type ?? Layers.LayerCompression.Gzip,
            Level = compression.Level,
            ForceCompression = compression.Force,
            DockerMediaTypes = isOciTypes ? null : true,
            Created = epoch,
        };
        return new Instance(this, id, specification, new ArchiveExport(destination, names, options, compression));
    }

    private sealed record ArchiveExport(
        string Destination, IReadOnlyList<ImageReference> Names, ArchiveOptions Options, ExportCompression Compression);

    private sealed class Instance(ArchiveExporter exporter, int id, ExporterSpecification specification, ArchiveExport export)
        : IExporterInstance
    {
        public int Id => id;

        public string Name => exporter._docker ? "exporting to docker image format" : "exporting to oci image format";

        public string Type => exporter.Type;

        public IReadOnlyDictionary<string, string> Attributes => specification.Attributes;

        public ExportCompression Compression => export.Compression;

        public async Task<ExportOutcome> ExportAsync(
            ExportSource source, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            if (exporter._docker && source.Images.Count > 1)
            {
                throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "type=docker takes one platform, but the build makes several.")
                {
                    Advice = "Use type=oci, or build one platform.",
                };
            }

            var names = export.Names.Count > 0 ? export.Names : source.Names;
            var options = export.Options with { Created = export.Options.Created ?? source.SourceDateEpoch };
            IReadOnlyList<ArchiveImage> images = [new ArchiveImage(source.Root, names)];
            var writing = export.Destination == "-"
                ? exporter._writer.WriteAsync(images, options, specification.Stream!, ArchiveRelay.To(progress), cancellationToken)
                : exporter._writer.WriteAsync(images, options, export.Destination, ArchiveRelay.To(progress), cancellationToken);
            var written = await writing.ConfigureAwait(false);
            return new ExportOutcome(new ExportResult
            {
                Id = id,
                Type = Type,
                Destination = export.Destination == "-" ? null : export.Destination,
                Digest = written[0].Digest,
                Response = new Dictionary<string, string>
                {
                    ["containerimage.digest"] = written[0].Digest.ToString(),
                    ["containerimage.config.digest"] = source.Images[0].ConfigDigest.ToString(),
                    ["image.name"] = string.Join(',', names),
                },
            });
        }
    }
}
