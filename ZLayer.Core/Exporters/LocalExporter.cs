using System.IO.Pipelines;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Registries;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Exporters;

/// <summary><c>type=local</c>: the file system of the result as files in a directory, owned by the caller.</summary>
internal sealed class LocalExporter(LayerStore layers) : IExporter
{
    /// <inheritdoc/>
    public string Type => "local";

    /// <inheritdoc/>
    public IExporterInstance Resolve(int id, ExporterSpecification specification)
    {
        var attributes = new ExporterAttributes(specification);
        var destination = attributes.Destination("Add dest=DIRECTORY.");
        if (destination == "-" || File.Exists(destination))
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"The output type=local needs a directory, which '{destination}' is not.")
            {
                Subject = destination,
                Advice = "Name a directory, or use type=tar.",
            };
        }

        var split = attributes.Text("platform-split") is null ? (bool?)null : attributes.Boolean("platform-split");
        var epoch = attributes.Epoch("source-date-epoch");
        attributes.RefuseOthers();
        return new Instance(layers, id, specification, destination, split, epoch);
    }

    private sealed class Instance(
        LayerStore layers, int id, ExporterSpecification specification, string destination, bool? split, DateTimeOffset? epoch)
        : IExporterInstance
    {
        public int Id => id;

        public string Name => "exporting to client directory";

        public string Type => "local";

        public IReadOnlyDictionary<string, string> Attributes => specification.Attributes;

        public ExportCompression Compression { get; } = new();

        public async Task<ExportOutcome> ExportAsync(
            ExportSource source, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            CreateDestination();
            var pipe = new Pipe(
                new PipeOptions(
                    pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, minimumSegmentSize: 1 << 16, useSynchronizationContext: false));
            var writing = Task.Run(() => WriteAsync(source, pipe.Writer, cancellationToken), CancellationToken.None);
            try
            {
                await Task.Run(() => Extract(pipe.Reader, cancellationToken), CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                await pipe.Reader.CompleteAsync(e).ConfigureAwait(false);
                throw;
            }

            await writing.ConfigureAwait(false);
            return new ExportOutcome(new ExportResult { Id = id, Type = Type, Destination = destination });
        }

        private void CreateDestination()
        {
            try
            {
                Directory.CreateDirectory(destination);
            }
            catch (Exception e) when (SystemErrors.IsSystemError(e))
            {
                throw SystemErrors.ToException($"Cannot create {destination}", destination, e, isWrite: true);
            }
        }

        private async Task WriteAsync(ExportSource source, PipeWriter writer, CancellationToken cancellationToken)
        {
            try
            {
                var isSplit = split ?? source.Images.Count > 1;
                using var stream = writer.AsStream(leaveOpen: true);
                new FileSystemMerge(layers).Write(source, isSplit, epoch ?? source.SourceDateEpoch, stream, cancellationToken);
                await writer.CompleteAsync().ConfigureAwait(false);
            }
            catch (Exception e)
            {
                await writer.CompleteAsync(e).ConfigureAwait(false);
                throw;
            }
        }

        private void Extract(PipeReader reader, CancellationToken cancellationToken)
        {
            using var stream = reader.AsStream(leaveOpen: true);
            LayerExtractor.Extract(
                stream, destination, new LayerExtractionOptions { RestoreOwners = false, CreateDevices = Environment.IsPrivilegedProcess }, cancellationToken);
        }
    }
}
