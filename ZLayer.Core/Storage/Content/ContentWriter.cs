using Microsoft.Win32.SafeHandles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Streams;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Storage;

/// <summary>
/// Writes one blob: everything written is hashed on the way into a staged file; <see cref="Commit"/> verifies it and renames it into place.
/// Disposing without a commit removes the staged file, except that a writer made by <see cref="ContentStore.Resume"/> keeps what it has, so
/// that the next one continues there. Not for use by several threads at once.
/// </summary>
#pragma warning disable CA1710 // A writer is what this is; that it is a stream lets everything that writes streams write blobs.
internal sealed class ContentWriter : ForwardStream
#pragma warning restore CA1710
{
    private readonly StoreLayout _layout;
    private readonly StoreLocks _locks;
    private readonly string _path;
    private readonly FileStream _file;
    private readonly OverlappedHash _hash;
    private readonly Digest _expected;
    private readonly long? _expectedSize;
    private readonly ContentDurability _durability;
    private long _position;
    private bool _keepsPartial;
    private bool _finished;

    internal ContentWriter(StoreLayout layout, StoreLocks locks, string path, SafeFileHandle file, ContentTarget target)
    {
        _layout = layout;
        _locks = locks;
        _path = path;
        _file = new FileStream(file, FileAccess.ReadWrite, bufferSize: 0);
        _expected = target.Expected;
        _expectedSize = target.ExpectedSize;
        _durability = target.Durability;
        _keepsPartial = !target.Expected.IsEmpty;
        _hash = new OverlappedHash(target.Expected) { IsInline = target.IsHashedInline };
        ReadPartial();
    }

    /// <summary>How many bytes are there, already hashed: where to continue.</summary>
    public override long Position
    {
        get => _position;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc cref="Position"/>
    public override long Length => _position;

    /// <inheritdoc/>
    public override bool CanWrite => !_finished;

    /// <summary>Appends a block.</summary>
    /// <exception cref="ZLayerException">
    /// StorageFull or StorageWriteFailed; DigestMismatch as soon as there are more bytes than the descriptor promised.
    /// </exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_expectedSize is { } size && _position + buffer.Length > size)
        {
            _keepsPartial = false;
            throw Mismatch($"it is longer than the {size} bytes promised");
        }

        try
        {
            _file.Write(buffer);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            // A block may be half written: what follows the hashed bytes goes away when somebody continues.
            throw StorageErrors.Writing($"store {Subject}", _layout.Root, e);
        }

        _hash.Append(buffer);
        _position += buffer.Length;
    }

    /// <summary>Throws away what is there and starts over, as after a resumed download that turned out wrong.</summary>
    public void Restart()
    {
        try
        {
            _file.SetLength(0);
            _file.Position = 0;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"store {Subject}", _layout.Root, e);
        }

        _hash.Finish();
        _position = 0;
        _keepsPartial = !_expected.IsEmpty;
    }

    /// <summary>
    /// Verifies the content and gives it its name. A blob that is already there is success. The writer takes no more content afterwards.
    /// </summary>
    /// <param name="expected">The digest that the content must have; for a resumable writer it is known already.</param>
    /// <param name="expectedSize">The size that the content must have.</param>
    /// <returns>The digest of the content.</returns>
    /// <exception cref="ZLayerException">DigestMismatch, leaving nothing behind; StorageFull or StorageWriteFailed.</exception>
    public Digest Commit(Digest? expected = null, long? expectedSize = null)
    {
        ObjectDisposedException.ThrowIf(_finished, this);
        try
        {
            var digest = Verify(expected, expectedSize ?? _expectedSize);
            Publish(digest);
            return digest;
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            throw StorageErrors.Writing($"store {expected?.ToString() ?? Subject}", _layout.Root, e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_finished)
        {
            _finished = true;
            if (_keepsPartial && _position > 0)
            {
                TryTrim();
            }
            else
            {
                AtomicFile.TryDelete(_path); // What is left, collection removes: nobody locks it any more.
            }

            _file.Dispose();
            _hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private string Subject => _expected.IsEmpty ? "new content" : _expected.ToString();

    private void ReadPartial()
    {
        if (_expectedSize is { } size && _file.Length > size)
        {
            _file.SetLength(0);
        }

        _position = _hash.Append(_file);
    }

    private Digest Verify(Digest? expected, long? expectedSize)
    {
        var wanted = expected ?? (_expected.IsEmpty ? null : _expected);
        if (expectedSize is { } size && _position != size)
        {
            // Too short can be continued; the hash below would be of a part only.
            _keepsPartial &= _position < size;
            throw Mismatch($"it has {_position} bytes, {size} were promised");
        }

        var actual = HashFor(wanted);
        if (wanted is { } digest && actual != digest)
        {
            _keepsPartial = false;
            throw Mismatch($"its digest is {actual}", digest);
        }

        return actual;
    }

    private Digest HashFor(Digest? wanted)
    {
        if (wanted is not { } digest || digest.HashAlgorithm == _expected.HashAlgorithm)
        {
            return _hash.Finish();
        }

        // The caller learned only at the end that another algorithm is wanted: read the staged file once more.
        _file.Position = 0;
        using var hash = ContentHash.Create(digest);
        hash.Append(_file);
        return hash.Finish();
    }

    private void Publish(Digest digest)
    {
        var deferred = _durability == ContentDurability.Deferred && UnflushedMarks.IsSupported;
        if (!deferred)
        {
            FileHandles.Flush(_file);
        }

        // The lock is held until the file has its place: nobody may take it for a partial one.
        BlobPlacement.Place(_layout, _locks, _path, digest, _position, deferred);
        _finished = true;
        _file.Dispose();
        _hash.Dispose();
    }

    // A write that failed half way may have left bytes that were not hashed.
    private void TryTrim()
    {
        try
        {
            _file.SetLength(_position);
        }
        catch (Exception e) when (StorageErrors.IsFileError(e))
        {
            _file.Dispose();
            AtomicFile.TryDelete(_path);
        }
    }

    private ZLayerException Mismatch(string why, Digest? digest = null)
    {
        var subject = digest?.ToString() ?? Subject;
        return new ZLayerException(ZLayerErrorKind.DigestMismatch, $"The content received for {subject} is not what was promised: {why}.")
        {
            Subject = subject,
            Advice = "Try again; if the error stays, the source is damaged or does not deliver what it announces.",
        };
    }
}

/// <summary>What a <see cref="ContentWriter"/> is to become.</summary>
/// <param name="Expected">The digest, where it is known: then the staged file can be continued later.</param>
/// <param name="ExpectedSize">The size in bytes, where it is known.</param>
/// <param name="Durability">How the content survives a power cut.</param>
/// <param name="IsHashedInline">Whether it is hashed by the thread that writes it, not beside.</param>
internal readonly record struct ContentTarget(
    Digest Expected, long? ExpectedSize, ContentDurability Durability, bool IsHashedInline = false);
