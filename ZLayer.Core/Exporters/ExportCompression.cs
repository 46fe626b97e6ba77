using ZLayer.Core.Layers;

namespace ZLayer.Core.Exporters;

/// <summary>How an output wants layers compressed.</summary>
/// <param name="Type">The compression of layers that the build made; null leaves every layer as the store has it.</param>
/// <param name="Level">Its level; null is the default.</param>
/// <param name="Force">True converts the layers of base images too.</param>
internal sealed record ExportCompression(LayerCompression? Type = null, int? Level = null, bool Force = false);
