namespace ZLayer.Core.Exporters;

/// <summary>A kind of output. Every output is resolved before the build runs, so that bad attributes fail fast.</summary>
internal interface IExporter
{
    /// <summary>The value of <c>type=</c>.</summary>
    string Type { get; }

    /// <summary>Checks the attributes of one output.</summary>
    /// <param name="id">The index of the output in the request.</param>
    /// <param name="specification">The output.</param>
    /// <returns>An instance for one build; it may be exported once.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// InvalidArgument: an attribute is unknown, has a wrong value, or contradicts another.
    /// </exception>
    IExporterInstance Resolve(int id, ExporterSpecification specification);
}
