namespace ZLayer.Core.Images;

/// <summary>The forms in which images leave the store as files.</summary>
public enum SaveFormat
{
    /// <summary>An OCI image layout as one tar file.</summary>
    OciArchive,
    /// <summary>An OCI image layout as a directory.</summary>
    OciDirectory,
    /// <summary>What <c>docker save</c> writes and <c>docker load</c> reads.</summary>
    DockerArchive,
    /// <summary>The files of one image as a tar file: all layers merged.</summary>
    RootFsTar,
    /// <summary>The files of one image in a directory, owned by the caller.</summary>
    Directory,
}
