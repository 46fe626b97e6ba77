namespace ZLayer.Core.Builds.Run;

/// <summary>The use of a cache directory. Disposing it lets others in; so does the end of the process, however it comes.</summary>
public interface ICacheMountLease : IDisposable
{
    /// <summary>The directory on the host.</summary>
    string Directory { get; }
}
