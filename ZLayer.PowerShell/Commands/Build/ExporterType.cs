namespace ZLayer.PowerShell.Commands;

/// <summary>What becomes of a build.</summary>
public enum ExporterType
{
    /// <summary>An OCI layout as a tar archive.</summary>
    Oci,
    /// <summary>An OCI layout as a directory.</summary>
    OciDirectory,
    /// <summary>An archive for 'docker load'.</summary>
    Docker,
    /// <summary>An image in a container engine.</summary>
    DockerEngine,
    /// <summary>The files of the image in a tar archive.</summary>
    Tar,
    /// <summary>The files of the image in a directory.</summary>
    Directory,
    /// <summary>An image in the store, with -Push in its registry too.</summary>
    Image,
    /// <summary>An image in its registry.</summary>
    Registry,
}
