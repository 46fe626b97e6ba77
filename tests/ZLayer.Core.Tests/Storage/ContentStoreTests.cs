using System.Security.Cryptography;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

public sealed class ContentStoreTests : IDisposable
{
    private readonly TemporaryStore _store = new();

    public void Dispose() => _store.Dispose();

    [Fact]
    public void Looking_at_a_root_that_does_not_exist_creates_nothing()
    {
        Assert.False(_store.Content.Contains(Digest.Of([1])));
        Assert.Empty(_store.Content.Enumerate());
        Assert.False(Directory.Exists(_store.Layout.Root));
    }

    [Fact]
    public void Written_content_has_its_digest_and_reads_back()
    {
        var content = TemporaryStore.RandomBytes(300_000, 1);
        using var writer = _store.Content.Create();
        writer.Write(content.AsSpan(0, 100_001));
        writer.Write(content.AsSpan(100_001));
        var digest = writer.Commit(Digest.Of(content), content.Length);

        Assert.Equal(Digest.Of(content), digest);
        using var stream = _store.Content.OpenRead(digest);
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(stream));
        Assert.Equal(content.Length, _store.Content.GetSize(digest));
        Assert.Equal(digest, Assert.Single(_store.Content.Enumerate()).Digest);
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void A_size_that_stored_content_does_not_have_is_refused()
    {
        var digest = _store.Content.Write(new byte[] { 1, 2, 3 });

        var error = Assert.Throws<ZLayerException>(() => _store.Content.Resume(digest, 7));

        Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
        Assert.Null(_store.Content.Resume(digest, 3));
    }

    [Fact]
    public void Content_that_lost_its_end_is_written_again()
    {
        byte[] content = [1, 2, 3];
        var digest = _store.Content.Write(content);
        var path = _store.Layout.BlobPath(digest);
        File.Delete(path); // It is read-only.
        File.WriteAllBytes(path, [1]);

        using (var writer = _store.Content.Resume(digest, 3)!)
        {
            writer.Write(content);
            writer.Commit(digest, 3);
        }

        Assert.Equal(content, File.ReadAllBytes(path));
    }

    [Fact]
    public void The_root_is_an_oci_layout_for_its_owner_alone()
    {
        _store.Content.Write(new byte[] { 1 });

        Assert.Equal("""{"imageLayoutVersion":"1.0.0"}""", File.ReadAllText(Path.Combine(_store.Layout.Root, "oci-layout")));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_store.Layout.Root));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Content_with_another_digest_is_refused_and_leaves_nothing(bool resumable)
    {
        var wanted = Digest.Of([1, 2, 3]);
        using (var writer = resumable ? _store.Content.Resume(wanted, 3)! : _store.Content.Create())
        {
            writer.Write([3, 2, 1]);
            var error = Assert.Throws<ZLayerException>(() => writer.Commit(wanted));
            Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
            Assert.Equal(wanted.ToString(), error.Subject);
        }

        Assert.False(_store.Content.Contains(wanted));
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void Content_longer_than_promised_is_refused_while_it_arrives()
    {
        var wanted = Digest.Of([1, 2, 3]);
        using (var writer = _store.Content.Resume(wanted, 3)!)
        {
            writer.Write([1, 2]);
            Assert.Equal(ZLayerErrorKind.DigestMismatch, Assert.Throws<ZLayerException>(() => writer.Write([3, 4])).Kind);
        }

        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void Content_shorter_than_promised_is_kept_and_continued()
    {
        var content = TemporaryStore.RandomBytes(50_000, 2);
        var digest = Digest.Of(content);
        using (var first = _store.Content.Resume(digest, content.Length)!)
        {
            Assert.Equal(0, first.Position);
            first.Write(content.AsSpan(0, 20_000));
            Assert.Equal(ZLayerErrorKind.DigestMismatch, Assert.Throws<ZLayerException>(() => first.Commit()).Kind);
        }

        using var second = _store.Content.Resume(digest, content.Length)!;
        Assert.Equal(20_000, second.Position);
        second.Write(content.AsSpan(20_000));
        Assert.Equal(digest, second.Commit());
        Assert.Equal(content, File.ReadAllBytes(_store.Content.GetPath(digest)));
    }

    [Fact]
    public void A_damaged_partial_is_found_at_the_end_and_the_next_attempt_starts_over()
    {
        var content = TemporaryStore.RandomBytes(5_000, 3);
        var digest = Digest.Of(content);
        using (var first = _store.Content.Resume(digest, content.Length)!)
        {
            first.Write(new byte[2_000]);
        }

        using (var second = _store.Content.Resume(digest, content.Length)!)
        {
            Assert.Equal(2_000, second.Position);
            second.Write(content.AsSpan(2_000));
            Assert.Throws<ZLayerException>(() => second.Commit());
            Assert.Equal(5_000, second.Position);
        }

        using var third = _store.Content.Resume(digest, content.Length)!;
        Assert.Equal(0, third.Position);
        third.Write(content);
        Assert.Equal(digest, third.Commit());
    }

    [Fact]
    public void A_writer_can_start_over()
    {
        var content = TemporaryStore.RandomBytes(5_000, 4);
        using var writer = _store.Content.Resume(Digest.Of(content), content.Length)!;
        writer.Write(new byte[3_000]);
        writer.Restart();
        Assert.Equal(0, writer.Position);
        writer.Write(content);
        Assert.Equal(Digest.Of(content), writer.Commit());
    }

    [Fact]
    public void A_partial_longer_than_the_blob_is_thrown_away()
    {
        var digest = Digest.Of([1, 2, 3]);
        using (var first = _store.Content.Resume(digest, null)!)
        {
            first.Write(new byte[100]);
        }

        using var second = _store.Content.Resume(digest, 3)!;
        Assert.Equal(0, second.Position);
    }

    [Fact]
    public void Resuming_a_blob_that_is_here_says_so()
    {
        var digest = _store.Content.Write(new byte[] { 1, 2, 3 });
        Assert.Null(_store.Content.Resume(digest, 3));
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public async Task A_second_writer_of_one_digest_waits_and_finds_the_blob()
    {
        var content = TemporaryStore.RandomBytes(10_000, 5);
        var digest = Digest.Of(content);
        var first = _store.Content.Resume(digest, content.Length)!;
        Assert.Null(new ContentStore(_store.AnotherView()).TryResume(digest, content.Length));
        var second = new ContentStore(_store.AnotherView()).ResumeAsync(digest, content.Length);
        first.Write(content);
        Assert.False(second.IsCompleted);
        first.Commit();
        first.Dispose();
        Assert.Null(await second.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public async Task Waiting_for_another_writer_can_be_cancelled()
    {
        var digest = Digest.Of([1]);
        using var first = _store.Content.Resume(digest, 1)!;
        using var cancellation = new CancellationTokenSource();
        var second = new ContentStore(_store.AnotherView()).ResumeAsync(digest, 1, cancellationToken: cancellation.Token);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
    }

    [Fact]
    public void Sha512_content_is_stored_under_its_own_algorithm()
    {
        var content = TemporaryStore.RandomBytes(1_000, 6);
        var digest = TemporaryStore.Sha512(content);
        using (var known = _store.Content.Resume(digest, content.Length)!)
        {
            known.Write(content);
            Assert.Equal(digest, known.Commit());
        }

        var other = TemporaryStore.RandomBytes(1_000, 7);
        using (var late = _store.Content.Create())
        {
            late.Write(other);
            Assert.Equal(TemporaryStore.Sha512(other), late.Commit(TemporaryStore.Sha512(other)));
        }

        Assert.Equal(2, Directory.GetFiles(Path.Combine(_store.Layout.Blobs, "sha512")).Length);
        Assert.Equal(content, _store.Content.ReadDocument(digest, "test"));
    }

    [Fact]
    public void Writing_a_blob_again_is_success_and_marks_it_used()
    {
        var digest = _store.Content.Write(new byte[] { 1, 2, 3 });
        File.SetLastWriteTimeUtc(_store.Content.GetPath(digest), DateTime.UtcNow.AddDays(-3));
        Assert.Equal(digest, _store.Content.Write(new byte[] { 1, 2, 3 }));
        Assert.True(Assert.Single(_store.Content.Enumerate()).LastUsed > DateTimeOffset.UtcNow.AddDays(-1));
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void A_damaged_blob_is_replaced_by_writing_it_again()
    {
        Replace([1]);
        Replace([1, 2, 4]);
    }

    private void Replace(byte[] damaged)
    {
        var digest = _store.Content.Write(new byte[] { 1, 2, 3 });
        File.Delete(_store.Content.GetPath(digest));
        File.WriteAllBytes(_store.Content.GetPath(digest), damaged);
        _store.Content.Write(new byte[] { 1, 2, 3 });
        Assert.Equal([1, 2, 3], _store.Content.ReadDocument(digest, "test"));
    }

    [Fact]
    public void A_damaged_document_is_not_believed()
    {
        var digest = _store.Content.Write(new byte[] { 1, 2, 3 });
        File.Delete(_store.Content.GetPath(digest));
        File.WriteAllBytes(_store.Content.GetPath(digest), [1, 2, 4]);
        var error = Assert.Throws<ZLayerException>(() => _store.Content.ReadDocument(digest, "app:1"));
        Assert.Equal(ZLayerErrorKind.DigestMismatch, error.Kind);
        Assert.Contains("app:1", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_blob_is_an_error_with_advice()
    {
        var error = Assert.Throws<ZLayerException>(() => _store.Content.OpenRead(Digest.Of([9])));
        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.NotNull(error.Advice);
    }

    [Fact]
    public async Task Many_writers_of_one_content_all_succeed()
    {
        var content = TemporaryStore.RandomBytes(200_000, 8);
        var digests = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            var store = new ContentStore(_store.AnotherView());
            using var writer = store.Create();
            writer.Write(content);
            return writer.Commit();
        })));
        Assert.Equal(Digest.Of(content), Assert.Single(digests.Distinct()));
        Assert.Equal(content, File.ReadAllBytes(_store.Content.GetPath(digests[0])));
        Assert.Empty(_store.Leftovers());
    }

    [Fact]
    public void A_staged_file_becomes_a_blob_without_copying()
    {
        _store.Layout.EnsureCreated();
        using var work = _store.Layers.CreateWorkDirectory("test");
        var staged = Path.Combine(work.Path, "layer.tar");
        File.WriteAllBytes(staged, [5, 6, 7]);
        var digest = _store.Content.ImportFile(staged, Digest.Of([5, 6, 7]));
        Assert.False(File.Exists(staged));
        Assert.Equal([5, 6, 7], _store.Content.ReadDocument(digest, "test"));
    }

    [Fact]
    public void Disposing_an_uncommitted_writer_leaves_nothing()
    {
        using (var writer = _store.Content.Create())
        {
            writer.Write([1, 2, 3]);
        }

        Assert.Empty(_store.Content.Enumerate());
        Assert.Empty(_store.Leftovers());
    }
}
