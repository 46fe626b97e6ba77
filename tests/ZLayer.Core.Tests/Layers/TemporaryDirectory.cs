namespace ZLayer.Core.Tests.Layers;

/// <summary>A directory for one test, removed with everything in it.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    public TemporaryDirectory() => Path = Directory.CreateTempSubdirectory("zlayer-layers-").FullName;

    public string Path { get; }

    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    public string CreateDirectory(string name) => Directory.CreateDirectory(Combine(name)).FullName;

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Names that are not UTF-8 cannot be deleted through the platform's paths.
            Program.TryRun("rm", ["-rf", "--", Path], out _);
        }
    }
}
