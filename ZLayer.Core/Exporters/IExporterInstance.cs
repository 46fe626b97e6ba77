namespace ZLayer.Core.Exporters;

/// <summary>
/// One output of one build. All outputs are exported in parallel; when every one is done, all finalizers run in parallel; at the end every
/// <see cref="ExportOutcome"/> is disposed, which releases the leases on the content.
/// </summary>
internal interface IExporterInstance
{
    /// <summary>The index of the output in the request.</summary>
    int Id { get; }

    /// <summary>What it does, for progress: <c>exporting to oci image format</c>.</summary>
    string Name { get; }

    /// <summary>The value of <c>type=</c>.</summary>
    string Type { get; }

    /// <summary>The attributes as they were given.</summary>
    IReadOnlyDictionary<string, string> Attributes { get; }

    /// <summary>How the output wants layers compressed.</summary>
    ExportCompression Compression { get; }

    /// <summary>Writes the output, as far as it does not depend on others.</summary>
    /// <param name="source">What was built.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellationToken">Cancels; nothing half-written stays under the final name.</param>
    Task<ExportOutcome> ExportAsync(
        ExportSource source, IProgress<Registries.TransferProgress>? progress = null, CancellationToken cancellationToken = default);
}
