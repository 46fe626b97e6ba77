using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Exporters;

/// <summary><c>type=image</c>: names in the store, and with <c>push=true</c> (or <c>type=registry</c>) in a registry.</summary>
/// <param name="references">Where names go.</param>
/// <param name="leases">Keep the content until the push is done.</param>
/// <param name="publisher">Pushes.</param>
internal sealed class ImageExporter(ReferenceStore references, LeaseStore leases, IImagePublisher publisher) : IExporter
{
    /// <inheritdoc/>
    public string Type => "image";

    /// <inheritdoc/>
    public IExporterInstance Resolve(int id, ExporterSpecification specification)
    {
        ArgumentNullException.ThrowIfNull(specification);
        var attributes = new ExporterAttributes(specification);
        attributes.RefuseDestination("Leave dest= out; name= says where the image goes. For an archive use type=oci or type=docker.");
        var names = attributes.Names();
        var push = attributes.Boolean("push", fallback: specification.Type == "registry");
        var byDigest = attributes.Boolean("push-by-digest");
        var store = attributes.Boolean("store", fallback: true);
        var insecure = attributes.Boolean("registry.insecure");
        var compression = attributes.Compression();
        var isOciTypes = attributes.Boolean("oci-mediatypes", fallback: true);
        attributes.Times();
        attributes.RefuseOthers();
        // The store has layers as they are and OCI documents: only what leaves it has another form.
        var ofPushes = byDigest ? "push-by-digest=true" : isOciTypes ? null : "oci-mediatypes=false";
        if (!push && ofPushes is not null)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"{ofPushes} says how an image is pushed, which the output type={specification.Type} does not do.")
            {
                Subject = ofPushes,
                Advice = "Add push=true, or leave it out.",
            };
        }

        if (insecure)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "registry.insecure=true cannot be given for one output.")
            {
                Advice = $"Say it of the whole command instead: {DoorWords.Of("--plain-http", "-AllowInsecure")}.",
            };
        }

        return new Instance(
            this, id, specification, new ImageExport(names, push, byDigest, store, compression, isOciTypes ? null : ImageFormat.Docker));
    }

    private sealed record ImageExport(
        IReadOnlyList<ImageReference> Names, bool Push, bool ByDigest, bool Store, ExportCompression Compression, ImageFormat? Format);

    private sealed class Instance(ImageExporter exporter, int id, ExporterSpecification specification, ImageExport export)
        : IExporterInstance
    {
        public int Id => id;

        public string Name => export.Push ? "exporting to image and pushing" : "exporting to image";

        public string Type => "image";

        public IReadOnlyDictionary<string, string> Attributes => specification.Attributes;

        public ExportCompression Compression => export.Compression;

        public Task<ExportOutcome> ExportAsync(
            ExportSource source, IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            var names = export.Names.Count > 0 ? export.Names : source.Names;
            if (export.Push && names.Count == 0)
            {
                throw new ZLayerException(ZLayerErrorKind.InvalidArgument, "An output that pushes needs a name.")
                {
                    Advice = "Add name=REGISTRY/NAME:TAG, or a tag to the build.",
                };
            }

            var lease = exporter.ProtectedLease(source.Root, cancellationToken);
            if (export.Store)
            {
                foreach (var name in names)
                {
                    exporter.SetName(name, source.Root);
                }
            }

            var result = Result(source, names, []);
            return Task.FromResult(new ExportOutcome(
                result, export.Push ? ct => PushAsync(source, names, progress, ct) : null, lease));
        }

        private async Task<ExportResult> PushAsync(
            ExportSource source, IReadOnlyList<ImageReference> names, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
        {
            var options = new PushOptions
            {
                Compression = export.Compression.Type ?? Layers.LayerCompression.Gzip,
                Level = export.Compression.Level,
                ForceCompression = export.Compression.Force,
                Format = export.Format,
            };
            var pushes = new List<PushResult>();
            foreach (var name in names)
            {
                var destination = export.ByDigest ? name.WithDigest(source.Root.Digest) : name;
                pushes.Add(
                    await exporter.PublishAsync(source.Root, destination, options, progress, cancellationToken).ConfigureAwait(false));
            }

            return Result(source, names, pushes);
        }

        private ExportResult Result(ExportSource source, IReadOnlyList<ImageReference> names, IReadOnlyList<PushResult> pushes)
        {
            var digest = pushes.Count > 0 ? pushes[^1].Digest : source.Root.Digest;
            return new ExportResult
            {
                Id = id,
                Type = Type,
                Digest = digest,
                Pushes = pushes,
                Response = new Dictionary<string, string>
                {
                    ["containerimage.digest"] = digest.ToString(),
                    ["containerimage.config.digest"] = source.Images[0].ConfigDigest.ToString(),
                    ["image.name"] = string.Join(',', names),
                },
            };
        }
    }

    private Lease ProtectedLease(Descriptor root, CancellationToken cancellationToken)
    {
        var lease = leases.Open("export", cancellationToken);
        lease.Protect(root.Digest);
        return lease;
    }

    private void SetName(ImageReference name, Descriptor root) => references.Set(name, root);

    private Task<PushResult> PublishAsync(
        Descriptor root, ImageReference destination, PushOptions options, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
        => publisher.PublishAsync(root, destination, options, progress, cancellationToken);
}
