using ZLayer.Core.Errors;
using ZLayer.Core.Images.Archives;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Transfers;

namespace ZLayer.Core.Exporters;

/// <summary>
/// <c>type=docker-engine</c>: the image goes straight into a container engine, as <c>docker load</c> would bring it there.
/// </summary>
/// <param name="runtimes">The engines that there are; <c>runtime=</c> names another than docker.</param>
/// <param name="writer">Makes the archive that the engine reads.</param>
internal sealed class RuntimeExporter(Func<RuntimeSet> runtimes, ArchiveWriter writer) : IExporter
{
    /// <inheritdoc/>
    public string Type => "docker-engine";

    /// <inheritdoc/>
    public IExporterInstance Resolve(int id, ExporterSpecification specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        var attributes = new ExporterAttributes(specification);
        attributes.RefuseDestination("Leave dest= out, or use type=docker for an archive.");
        var names = attributes.Names();
        attributes.Times();
        var runtime = runtimes().Get(attributes.Text("runtime") ?? "docker");
        attributes.RefuseOthers();
        return new Instance(runtime, new ImageSender(writer), id, specification, names);
    }

    private sealed class Instance(
        IContainerRuntime runtime, ImageSender sender, int id, ExporterSpecification specification, IReadOnlyList<ImageReference> given)
        : IExporterInstance
    {
        public int Id => id;

        public string Name => $"exporting to the runtime {runtime.Name}";

        public string Type => "docker-engine";

        public IReadOnlyDictionary<string, string> Attributes => specification.Attributes;

        public ExportCompression Compression => new();

        public async Task<ExportOutcome> ExportAsync(
            ExportSource source, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            if (source.Images.Count > 1)
            {
                throw new ZLayerException(
                    ZLayerErrorKind.InvalidArgument, "type=docker-engine takes one platform, but the build makes several.")
                {
                    Advice = "Build the engine's platform alone.",
                };
            }

            var names = given.Count > 0 ? given : source.Names;
            var sent = await sender.SendAsync(
                runtime, [new ArchiveImage(source.Root, names)], progress: progress, cancellationToken: cancellationToken).ConfigureAwait(false);
            return new ExportOutcome(new ExportResult
            {
                Id = id,
                Type = Type,
                Destination = runtime.Name,
                Digest = sent.Targets[0].Digest,
                Response = new Dictionary<string, string>
                {
                    ["containerimage.digest"] = sent.Targets[0].Digest.ToString(),
                    ["containerimage.config.digest"] = source.Images[0].ConfigDigest.ToString(),
                    ["image.name"] = string.Join(',', names),
                },
            });
        }
    }
}
