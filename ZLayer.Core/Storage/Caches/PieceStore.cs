namespace ZLayer.Core.Storage;

/// <summary>
/// The compressed pieces of layers that earlier versions kept: <c>cache/pieces/&lt;variant&gt;/&lt;2 hex&gt;/&lt;hex&gt;</c>. Nobody reads them
/// any more, as compressed blobs are made of pieces now; they are listed and pruned as a part of the build cache.
/// </summary>
/// <param name="layout">The data root.</param>
internal sealed class PieceStore(StoreLayout layout)
{
    /// <summary>All pieces.</summary>
    public IEnumerable<FileInfo> Enumerate()
        => Directory.Exists(layout.Pieces)
            ? new DirectoryInfo(layout.Pieces).EnumerateFiles("*", SearchOption.AllDirectories)
            : [];
}
