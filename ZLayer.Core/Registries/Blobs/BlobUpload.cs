using System.Net;
using System.Net.Http.Headers;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

/// <summary>
/// Brings one blob into a repository (OCI distribution specification 1.1, "Pushing Blobs"): an existence check, then mounts, then an upload
/// session, filled by one PUT or by PATCHes. After a break the registry is asked how far it got; one that does not say starts again.
/// </summary>
internal sealed class BlobUpload(
    RegistryTransport transport, RegistryOptions options, ImageReference repository, BlobSource blob, TransferReport report)
{
    // Registries mount from any of the repositories that hold a blob; asking more than a few costs more than it saves.
    private const int MaximumMountAttempts = 3;

    // For registries behind a proxy that refuses long bodies (413).
    private const long FallbackChunkSize = 16 * 1024 * 1024;

    private readonly Descriptor _blob = blob.Descriptor;
    private readonly RetrySchedule _schedule = new(options);
    private long? _chunkSize = options.UploadChunkSize;
    private Uri? _location;
    private long _offset;

    public async Task<BlobUploadOutcome> RunAsync(CancellationToken cancellationToken)
    {
        var outcome = blob.IsMountSure
            ? await MountAsync(cancellationToken).ConfigureAwait(false) ?? await FindAsync(cancellationToken).ConfigureAwait(false)
            : await FindAsync(cancellationToken).ConfigureAwait(false) ?? await MountAsync(cancellationToken).ConfigureAwait(false);
        if (outcome is { } done)
        {
            return done;
        }

        report.Report(TransferStatus.Transferring);
        try
        {
            while (!await SendAsync(cancellationToken).ConfigureAwait(false))
            {
                report.Report(TransferStatus.Retrying, _offset);
            }
        }
        catch (ZLayerException)
        {
            await AbandonAsync(cancellationToken).ConfigureAwait(false);
            throw;
        }

        report.Report(TransferStatus.Done, _blob.Size);
        return BlobUploadOutcome.Uploaded;
    }

    private async Task<BlobUploadOutcome?> FindAsync(CancellationToken cancellationToken)
    {
        if (!await ExistsAsync(cancellationToken).ConfigureAwait(false))
        {
            return null;
        }

        await AbandonAsync(cancellationToken).ConfigureAwait(false);
        report.Report(TransferStatus.Exists, _blob.Size);
        return BlobUploadOutcome.Exists;
    }

    private async Task<BlobUploadOutcome?> MountAsync(CancellationToken cancellationToken)
    {
        if (blob.WaitForTurnAsync is { } wait)
        {
            await wait(cancellationToken).ConfigureAwait(false);
        }

        foreach (var from in blob.MountFrom.Where(f => f != repository.Repository).Take(MaximumMountAttempts))
        {
            if (await StartAsync(from, cancellationToken).ConfigureAwait(false))
            {
                report.Report(TransferStatus.Mounted, _blob.Size);
                return BlobUploadOutcome.Mounted;
            }
        }

        return null;
    }

    private async Task<bool> ExistsAsync(CancellationToken cancellationToken)
    {
        var request = Request(HttpMethod.Head, $"/v2/{repository.Repository}/blobs/{_blob.Digest}") with
        {
            Allowed = RegistryRequest.Presence,
            StaysHere = true,
        };
        using var response = await transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        return RegistryRequest.IsPresent(response);
    }

    // True when the blob was mounted; otherwise the session that the registry opened is used.
    private async Task<bool> StartAsync(string? mountFrom, CancellationToken cancellationToken)
    {
        await AbandonAsync(cancellationToken).ConfigureAwait(false);
        var path = $"/v2/{repository.Repository}/blobs/uploads/";
        var request = mountFrom is null
            ? Request(HttpMethod.Post, path)
            : Request(
                HttpMethod.Post, $"{path}?mount={Uri.EscapeDataString(_blob.Digest.ToString())}&from={Uri.EscapeDataString(mountFrom)}") with
            {
                Scopes = [PushScope, $"repository:{mountFrom}:pull"],
                Allowed = [HttpStatusCode.NotFound, HttpStatusCode.MethodNotAllowed, HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest],
            };
        using var response = await transport.SendAsync(
            request with { Content = _ => new ByteArrayContent([]) }, cancellationToken).ConfigureAwait(false);
        _location = response.StatusCode == HttpStatusCode.Accepted ? Location(response) : null;
        _offset = 0;
        if (mountFrom is null && _location is null)
        {
            throw await transport.RefusedAsync(response, request, cancellationToken).ConfigureAwait(false);
        }

        return mountFrom is not null && response.StatusCode == HttpStatusCode.Created;
    }

    // One try at sending what is missing; false to try again.
    private async Task<bool> SendAsync(CancellationToken cancellationToken)
    {
        if (_location is null)
        {
            await StartAsync(null, cancellationToken).ConfigureAwait(false);
        }

        var before = _offset;
        TimeSpan? retryAfter = null;
        ZLayerException failure;
        try
        {
            using var response = await SendRestAsync(cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return true;
            }

            failure = await transport.RefusedAsync(response, Request(HttpMethod.Put, ""), cancellationToken).ConfigureAwait(false);
            retryAfter = RegistryFailure.RetryAfter(response);
            if (!await CanRecoverAsync(response, cancellationToken).ConfigureAwait(false))
            {
                throw failure;
            }
        }
        catch (Exception e) when (RegistryFailure.IsBroken(e, cancellationToken))
        {
            failure = transport.Broken(e, Request(HttpMethod.Put, ""));
        }

        await PauseAsync(failure, before, retryAfter, cancellationToken).ConfigureAwait(false);
        return await FindPositionAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task PauseAsync(ZLayerException failure, long before, TimeSpan? retryAfter, CancellationToken cancellationToken)
    {
        if (_offset > before)
        {
            _schedule.Restart();
        }

        if (!_schedule.TryNext(retryAfter, out var delay))
        {
            await AbandonAsync(cancellationToken).ConfigureAwait(false);
            throw failure;
        }

        report.Report(TransferStatus.Retrying, _offset);
        await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendRestAsync(CancellationToken cancellationToken)
    {
        if (_offset == 0 && (_chunkSize is null || _blob.Size <= _chunkSize))
        {
            return await FinishAsync(_blob.Size, cancellationToken).ConfigureAwait(false);
        }

        while (_offset < _blob.Size)
        {
            var length = Math.Min(_chunkSize ?? long.MaxValue, _blob.Size - _offset);
            var response = await PatchAsync(length, cancellationToken).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                _location = Location(response);
                _offset += length;
            }
        }

        return await FinishAsync(0, cancellationToken).ConfigureAwait(false);
    }

    private Task<HttpResponseMessage> PatchAsync(long length, CancellationToken cancellationToken)
    {
        var offset = _offset;
        return transport.SendAnyAsync(
            Request(HttpMethod.Patch, _location!.AbsoluteUri) with
            {
                Content = watch => WithType(
                    new BlobContent(blob, offset, length, watch, report), new ContentRangeHeaderValue(offset, offset + length - 1)),
            },
            cancellationToken);
    }

    private Task<HttpResponseMessage> FinishAsync(long length, CancellationToken cancellationToken)
    {
        var separator = _location!.Query.Length > 0 ? '&' : '?';
        return transport.SendAnyAsync(
            Request(HttpMethod.Put, $"{_location.AbsoluteUri}{separator}digest={Uri.EscapeDataString(_blob.Digest.ToString())}") with
            {
                Content = watch => WithType(new BlobContent(blob, _blob.Size - length, length, watch, report), null),
            },
            cancellationToken);
    }

    private static BlobContent WithType(BlobContent content, ContentRangeHeaderValue? range)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        if (range is not null)
        {
            // The specification's own form, "0-1023" without a unit.
            content.Headers.TryAddWithoutValidation("Content-Range", $"{range.From}-{range.To}");
        }

        return content;
    }

    private async Task<bool> CanRecoverAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        switch (response.StatusCode)
        {
            case HttpStatusCode.RequestEntityTooLarge when _chunkSize is null or > FallbackChunkSize:
                _chunkSize = FallbackChunkSize;
                await AbandonAsync(cancellationToken).ConfigureAwait(false);
                return true;
            case HttpStatusCode.NotFound or HttpStatusCode.RequestedRangeNotSatisfiable:
                _location = null; // The session is gone, or counts differently.
                return true;
            default:
                return RegistryFailure.IsTemporary(response.StatusCode);
        }
    }

    // After a break: true when the blob turns out to be complete; otherwise the position or the session is set for the next try.
    private async Task<bool> FindPositionAsync(CancellationToken cancellationToken)
    {
        if (await ExistsAsync(cancellationToken).ConfigureAwait(false))
        {
            return true;
        }

        if (_location is null)
        {
            _offset = 0;
            return false;
        }

        var request = Request(HttpMethod.Get, _location.AbsoluteUri) with
        {
            Allowed = [HttpStatusCode.NotFound, HttpStatusCode.BadRequest, HttpStatusCode.MethodNotAllowed, HttpStatusCode.RequestedRangeNotSatisfiable],
        };
        using var response = await transport.SendAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.OK or HttpStatusCode.Accepted
            && ReceivedEnd(response) is { } end && end < _blob.Size)
        {
            _location = response.Headers.Location is null ? _location : Location(response);
            _offset = end;
            return false;
        }

        await AbandonAsync(cancellationToken).ConfigureAwait(false);
        return false;
    }

    // "Range: 0-1023" names the last byte. "0-0" is what registries say of an empty session, too, so that one byte is sent again in a new
    // one.
    private static long? ReceivedEnd(HttpResponseMessage response)
        => response.Headers.NonValidated.TryGetValues("Range", out var values)
            && values.ToString() is var text && text.LastIndexOf('-') is var dash and >= 0
            && long.TryParse(text.AsSpan(dash + 1), out var last) && last > 0
            ? last + 1
            : null;

    // Tells the registry that a session is not needed any more; it would expire by itself.
    private async Task AbandonAsync(CancellationToken cancellationToken)
    {
        if (_location is not { } location)
        {
            return;
        }

        _location = null;
        _offset = 0;
        try
        {
            using var response = await transport.SendAnyAsync(
                Request(HttpMethod.Delete, location.AbsoluteUri), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (RegistryFailure.IsBroken(e, cancellationToken))
        {
            // A courtesy only.
        }
    }

    private static Uri Location(HttpResponseMessage response)
        => response.Headers.Location is { } location && Uri.TryCreate(response.RequestMessage!.RequestUri!, location, out var address)
            ? address
            : throw new ZLayerException(
                ZLayerErrorKind.RegistryProtocolError, "The registry accepted an upload, but did not say where to send it (no Location header).")
            {
                Subject = response.RequestMessage!.RequestUri!.Authority,
                Advice = "The registry does not follow the distribution specification: its operator should look into it.",
            };

    private string PushScope => $"repository:{repository.Repository}:pull,push";

    private RegistryRequest Request(HttpMethod method, string path)
        => new()
        {
            Registry = repository.Registry,
            Repository = repository.Repository,
            Method = method,
            Path = path,
            Scopes = [PushScope],
            Attempt = $"push blob {_blob.Digest} to {repository.Name}",
            Subject = repository.ToString(),
            OnRetry = () => report.Report(TransferStatus.Retrying, _offset),
        };
}
