using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Builds.Files;

/// <summary>Downloads files for ADD and keeps them: a server that says that nothing changed is not asked for the content again.</summary>
internal sealed class Downloads(StoreLayout layout, HttpClient http)
{
    private const int BufferSize = 128 * 1024;
    private const string Unnamed = "__unnamed__"; // What BuildKit calls a file whose address has no name.

    /// <summary>Fetches a file as the source of an ADD.</summary>
    public async Task<CopySource> FetchAsync(string source, RemoteSourceOptions options, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(source, UriKind.Absolute, out var url))
        {
            throw Failure(source, options, "this is not a valid URL");
        }

        var expected = ParseChecksum(source, options);
        var title = new UriBuilder(url) { UserName = "", Password = "" }.Uri.ToString();
        var directory = Path.Combine(
            layout.Cache, "downloads", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)).AsSpan(0, 16)));
        var known = DownloadRecord.Load(Path.Combine(directory, "record.json"));
        known = known is not null && File.Exists(Path.Combine(directory, known.Sha256)) ? known : null;
        var record = known is not null && expected.Hex == known.Sha256
            ? known
            : await RequestAsync(url, title, directory, known, options, cancellationToken).ConfigureAwait(false);
        Verify(title, options, expected, record);
        return Open(directory, record, url, title, options);
    }

    private static CopySource Open(string directory, DownloadRecord record, Uri url, string title, RemoteSourceOptions options)
    {
        var name = NameOf(url) ?? record.FileName ?? Unnamed;
        var tree = new DownloadTree(
            Path.Combine(directory, record.Sha256), name, Sha256Value.From(Convert.FromHexString(record.Sha256)),
            record.LastModified ?? DateTimeOffset.UnixEpoch, title);
        return new CopySource(tree, name) { Title = title, IsPattern = false, ResetOwner = true, Unpack = options.Unpack ?? false };
    }

    private async Task<DownloadRecord> RequestAsync(
        Uri url, string title, string directory, DownloadRecord? known, RemoteSourceOptions options, CancellationToken cancellationToken)
    {
        using var request = MakeRequest(url, known);
        try
        {
            using var response = await http.SendAsync(
                request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
            if (response.StatusCode == HttpStatusCode.NotModified && known is not null)
            {
                return known;
            }

            return response.IsSuccessStatusCode
                ? await StoreAsync(response, title, directory, cancellationToken).ConfigureAwait(false)
                : throw Failure(title, options, $"the server answered {(int)response.StatusCode} {response.ReasonPhrase}");
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationTimedOut, $"ADD {title}: the server did not answer in time ({options.Location}).", e)
            { Subject = options.Location.ToString() };
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            throw Failure(title, options, $"the download failed: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static HttpRequestMessage MakeRequest(Uri url, DownloadRecord? known)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new UriBuilder(url) { UserName = "", Password = "", Fragment = "" }.Uri);
        if (url.UserInfo.Length > 0)
        {
            var credentials = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(url.UserInfo)));
            request.Headers.Authorization = new AuthenticationHeaderValue("Basic", credentials);
        }

        if (known?.EntityTag is { } tag && EntityTagHeaderValue.TryParse(tag, out var parsed))
        {
            request.Headers.IfNoneMatch.Add(parsed);
        }
        else if (known?.LastModified is { } time)
        {
            request.Headers.IfModifiedSince = time;
        }

        return request;
    }

    private async Task<DownloadRecord> StoreAsync(
        HttpResponseMessage response, string title, string directory, CancellationToken cancellationToken)
    {
        layout.EnsureCreated();
        var staged = Path.Combine(directory, $".{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(directory);
            var record = new DownloadRecord
            {
                Url = title,
                Sha256 = await WriteAsync(response, staged, cancellationToken).ConfigureAwait(false),
                FileName = SafeName(
                    response.Content.Headers.ContentDisposition?.FileNameStar
                        ?? response.Content.Headers.ContentDisposition?.FileName?.Trim('"')),
                EntityTag = response.Headers.ETag?.ToString(),
                LastModified = response.Content.Headers.LastModified,
            };
            AtomicFile.Rename(staged, Path.Combine(directory, record.Sha256));
            record.Save(Path.Combine(directory, "record.json"));
            return record;
        }
        catch (Exception e) when (e is not HttpIOException && SystemErrors.IsSystemError(e))
        {
            throw SystemErrors.ToException($"Cannot store the download {title} in {directory}", directory, e, isWrite: true);
        }
        finally
        {
            AtomicFile.TryDelete(staged);
        }
    }

    private static async Task<string> WriteAsync(HttpResponseMessage response, string path, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[BufferSize];
        var content = await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        await using (content.ConfigureAwait(false))
        await using (file.ConfigureAwait(false))
        {
            long total = 0;
            int count;
            while ((count = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
            {
                hash.AppendData(buffer, 0, count);
                await file.WriteAsync(buffer.AsMemory(0, count), cancellationToken).ConfigureAwait(false);
                total += count;
            }

            if (response.Content.Headers.ContentLength is { } length && length != total)
            {
                throw new HttpRequestException($"the server promised {length} bytes and sent {total}");
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static Digest ParseChecksum(string source, RemoteSourceOptions options)
    {
        if (options.Checksum is null)
        {
            return default;
        }

        return Digest.TryParse(options.Checksum, out var digest) && digest.Algorithm == "sha256"
            ? digest
            : throw Failure(source, options, $"--checksum={options.Checksum} is not a sha256 digest");
    }

    private static void Verify(string title, RemoteSourceOptions options, Digest expected, DownloadRecord record)
    {
        if (!expected.IsEmpty && expected.Hex != record.Sha256)
        {
            throw new ZLayerException(
                ZLayerErrorKind.DigestMismatch, $"ADD {title}: the content is sha256:{record.Sha256}, and {expected} is expected ({options.Location}).")
            {
                Subject = options.Location.ToString(),
                Advice = "Correct --checksum, or find out why the content changed.",
            };
        }
    }

    private static string? NameOf(Uri url) => SafeName(Uri.UnescapeDataString(url.AbsolutePath));

    private static string? SafeName(string? path)
    {
        var name = path?.TrimEnd('/');
        name = name?[(name.LastIndexOf('/') + 1)..];
        return name is null or "" or "." or ".." || name.Contains('\0', StringComparison.Ordinal) ? null : name;
    }

    private static ZLayerException Failure(string title, RemoteSourceOptions options, string reason, Exception? inner = null)
        => new(ZLayerErrorKind.BuildStepInvalid, $"ADD {title}: {reason} ({options.Location}).", inner)
        {
            Subject = options.Location.ToString(),
            Advice = "Check the address, and that this machine can reach it.",
        };
}
