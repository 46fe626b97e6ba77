using System.Text.Json;
using System.Text.Json.Serialization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Files;

/// <summary>What is kept of a download beside its content, to ask the server whether it changed.</summary>
internal sealed record DownloadRecord
{
    /// <summary>The address, without a password.</summary>
    public required string Url { get; init; }

    /// <summary>The lower-case hexadecimal sha256 of the content.</summary>
    public required string Sha256 { get; init; }

    public string? FileName { get; init; }

    public string? EntityTag { get; init; }

    public DateTimeOffset? LastModified { get; init; }

    /// <summary>Reads a record; null when there is none, or it is damaged.</summary>
    public static DownloadRecord? Load(string path)
    {
        try
        {
            // The digest is the name of a file.
            return CheckedJson.TryRead(File.ReadAllBytes(path), DownloadJson.Default.DownloadRecord, out var record)
                && Digest.TryParse("sha256:" + record.Sha256, out _)
                ? record
                : null;
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            return null;
        }
    }

    /// <summary>Writes the record, atomically.</summary>
    public void Save(string path) => AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, DownloadJson.Default.DownloadRecord));
}

[JsonSerializable(typeof(DownloadRecord))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class DownloadJson : JsonSerializerContext;
