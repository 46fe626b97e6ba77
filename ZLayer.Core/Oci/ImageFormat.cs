namespace ZLayer.Core.Oci;

/// <summary>The family of media types that an image is written with.</summary>
public enum ImageFormat
{
    /// <summary>The OCI image specification's.</summary>
    Oci,
    /// <summary>Docker's schema 2.</summary>
    Docker,
}
