using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Registries;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Exporters;

/// <summary><c>type=tar</c>: the file system of the result as a tar file or stream.</summary>
internal sealed class TarExporter(LayerStore layers) : IExporter
{
    /// <inheritdoc/>
    public string Type => "tar";

    /// <inheritdoc/>
    public IExporterInstance Resolve(int id, ExporterSpecification specification)
    {
        var attributes = new ExporterAttributes(specification);
        var destination = attributes.Destination("Add dest=FILE, or dest=- for standard output.");
        var epoch = attributes.Epoch("source-date-epoch");
        var split = attributes.Text("platform-split") is null ? (bool?)null : attributes.Boolean("platform-split");
        attributes.RefuseOthers();
        return new Instance(layers, id, specification, destination, split, epoch);
    }

    private sealed class Instance(
        LayerStore layers, int id, ExporterSpecification specification, string destination, bool? split, DateTimeOffset? epoch)
        : IExporterInstance
    {
        public int Id => id;

        public string Name => "exporting to client tarball";

        public string Type => "tar";

        public IReadOnlyDictionary<string, string> Attributes => specification.Attributes;

        public ExportCompression Compression { get; } = new();

        public Task<ExportOutcome> ExportAsync(
            ExportSource source, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
            => Task.Run(
                () =>
                {
                    var time = epoch ?? source.SourceDateEpoch;
                    Write(
                        output => new FileSystemMerge(layers).Write(
                            source, split ?? source.Images.Count > 1, time, output, cancellationToken),
                        cancellationToken);
                    return new ExportOutcome(
                        new ExportResult { Id = id, Type = Type, Destination = destination == "-" ? null : destination });
                },
                cancellationToken);

        private void Write(Action<Stream> write, CancellationToken cancellationToken)
        {
            if (destination == "-")
            {
                write(specification.Stream!);
                specification.Stream!.Flush();
                return;
            }

            CreateDirectory();
            StagedOutput.Write(
                destination,
                "write the files",
                output =>
                {
                    write(output);
                    if (output is FileStream file)
                    {
                        FileHandles.Flush(file);
                    }
                },
                cancellationToken);
        }

        private void CreateDirectory()
        {
            try
            {
                if (Path.GetDirectoryName(destination) is { Length: > 0 } directory)
                {
                    Directory.CreateDirectory(directory);
                }
            }
            catch (Exception e) when (SystemErrors.IsSystemError(e))
            {
                throw SystemErrors.ToException($"Cannot write {destination}", destination, e, isWrite: true);
            }
        }
    }
}
