namespace ZLayer.Core.Exporters;

/// <summary>What an output says of times: <c>source-date-epoch</c> and <c>rewrite-timestamp</c>.</summary>
/// <param name="Epoch">The time of config and history; null is the build's.</param>
/// <param name="Rewrite">True to make no file of the build's layers younger than that.</param>
internal sealed record ExportTimes(DateTimeOffset? Epoch, bool Rewrite)
{
    /// <summary>Reads the attributes of an output, which its exporter has checked.</summary>
    public static ExportTimes Of(IExporterInstance output)
        => new ExporterAttributes(new ExporterSpecification { Type = output.Type, Attributes = output.Attributes }).Times();
}
