using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ZLayer.Core.Tests.Engines;

/// <summary>Writes contexts of Docker's command line.</summary>
internal static class EngineContexts
{
    /// <summary>Writes a context and returns its file.</summary>
    public static string Write(string configDirectory, string name, string host, string? description = null)
    {
        var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)));
        var directory = Directory.CreateDirectory(Path.Combine(configDirectory, "contexts", "meta", id)).FullName;
        var file = Path.Combine(directory, "meta.json");
        var context = new { Name = name, Metadata = new { Description = description }, Endpoints = new { docker = new { Host = host } } };
        File.WriteAllText(file, JsonSerializer.Serialize(context));
        return file;
    }
}
