namespace ZLayer.Core.Dockerfiles;

/// <summary>The isolation of a RUN step.</summary>
public enum RunSecurity
{
    /// <summary>The usual isolation.</summary>
    Sandbox = 0,
    /// <summary>All privileges.</summary>
    Insecure,
}
