namespace ZLayer.Core.Images.Archives;

/// <summary>The forms in which images are written to files.</summary>
internal enum ArchiveFormat
{
    /// <summary>An OCI image layout as one tar file.</summary>
    OciArchive,
    /// <summary>An OCI image layout as a directory.</summary>
    OciDirectory,
    /// <summary>What <c>docker save</c> writes and every <c>docker load</c> reads; it holds an OCI image layout too.</summary>
    DockerArchive,
}
