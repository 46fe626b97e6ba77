using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Engines;
using ZLayer.Testing;

namespace ZLayer.Core.Tests.Registries;

/// <summary>The digests by which registries know images of the store.</summary>
public sealed class RegistryDigestTests(RegistryFixture registry) : IClassFixture<RegistryFixture>, IDisposable
{
    private static readonly ImageReference Local = ImageReference.Parse("app:dev");
    private static readonly ImageReference There = ImageReference.Parse("registry.example/team/app:1");
    private static readonly Digest Other = Digest.Of("another manifest of the same image"u8);

    private readonly TestStore _store = new();

    private ImageCatalog Catalog => new(_store.Layout, _store.Content, _store.References, _store.Layers);

    public void Dispose() => _store.Dispose();

    [SkippableFact]
    public async Task A_pull_notes_the_digest_of_the_registry()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        var reference = ImageReference.Parse($"{registry.Registry}/digests/app:1");
        var image = Image();
        await image.PushAsync(_store.Client, reference);

        await _store.Puller.PullAsync(reference, new PullOptions());

        var pinned = $"{reference.FamiliarName}@{image.Manifest.Digest}";
        Assert.Equal([pinned], Listed(reference));
        Assert.Equal([pinned], Catalog.Describe(reference, image.Manifest).RepoDigests);
        Assert.Equal([pinned], Catalog.Inspect(pinned).RepoDigests);
    }

    [Fact]
    public async Task A_push_notes_the_digest_with_the_names_of_its_repository_or_with_all()
    {
        var image = Image();
        _store.Add(image, Local);

        await PushAsync(image, There);

        Assert.Equal([Pinned(image.Manifest.Digest)], Listed(Local));
        Catalog.Tag("app:dev", There);
        Catalog.Remove("app:dev");
        Assert.Empty(Listed(There));

        await PushAsync(image, There);
        Assert.Equal([Pinned(image.Manifest.Digest)], Listed(There));
        Catalog.Tag(There.ToString(), Local);
        Assert.Equal([Pinned(image.Manifest.Digest)], Listed(Local));
        Assert.Equal([Pinned(image.Manifest.Digest)], Catalog.Inspect("app:dev").RepoDigests);
    }

    [Fact]
    public void An_image_is_found_by_the_digest_of_a_registry_whatever_its_own_is()
    {
        var image = Image();
        _store.Add(image, Local);
        _store.References.NoteDigest(image.Manifest.Digest, There.WithDigest(Other));

        Assert.Equal(image.Manifest.Digest, Catalog.Get(Pinned(Other)).Target.Digest);
        Assert.Equal(image.Manifest.Digest, Catalog.Get($"{There}@{Other}").Target.Digest);
        Assert.Null(Catalog.Find($"other.example/team/app@{Other}"));
        Assert.Null(_store.References.Find(There.WithDigest(Other)));
    }

    [Fact]
    public void Removing_a_digest_of_another_repository_leaves_the_image_and_its_names()
    {
        var image = Image();
        _store.Add(image, Local);
        _store.References.NoteDigest(image.Manifest.Digest, There.WithDigest(Other));

        Assert.Equal([Pinned(Other)], Assert.Single(Catalog.StartRemoval().Plan(Pinned(Other)).Images).Untagged);
        var removal = Catalog.Remove(Pinned(Other));

        Assert.Equal([Pinned(Other)], removal.Untagged);
        Assert.Empty(removal.Deleted);
        Assert.Empty(Listed(Local));
        Assert.Null(Catalog.Find(Pinned(Other)));
    }

    [Fact]
    public void Removing_a_digest_of_its_own_repository_removes_the_image()
    {
        var image = Image();
        _store.Add(image, There);
        _store.References.NoteDigest(image.Manifest.Digest, There.WithDigest(Other));

        var removal = Catalog.Remove(Pinned(Other));

        Assert.Equal([There.ToFamiliarString()], removal.Untagged);
        Assert.Contains(image.Manifest.Digest.ToString(), removal.Deleted);
        Assert.Empty(Catalog.List());
    }

    [Fact]
    public void A_name_that_gets_another_image_leaves_its_digests_to_the_one_before()
    {
        var (before, after) = (Image(), Image());
        _store.Add(before, There);
        _store.References.NoteDigest(before.Manifest.Digest, There.WithDigest(Other));

        _store.Add(after, There);

        Assert.Empty(Listed(There));
        Assert.Equal([Pinned(Other)], Assert.Single(Catalog.List(), listed => listed.Reference is null).RepoDigests);
        _store.Add(before, There);
        Assert.Equal([Pinned(Other)], Listed(There));
        Catalog.Remove(There.ToString());
        Assert.Null(Catalog.Find(Pinned(Other)));
    }

    [Fact]
    public void What_a_name_points_to_does_not_show_the_note_and_keeps_its_time()
    {
        var image = Image();
        var annotated = _store.Add(image) with { Annotations = new Dictionary<string, string> { ["a"] = "b" } };
        _store.References.Set(Local, annotated);
        var updated = Assert.Single(_store.References.Enumerate()).Updated;

        _store.References.NoteDigest(image.Manifest.Digest, There.WithDigest(Other));
        _store.References.NoteDigest(image.Manifest.Digest, There.WithDigest(image.Manifest.Digest));
        _store.References.Set(Local, annotated);

        Assert.Equal(annotated.Annotations, _store.References.Find(Local)!.Annotations);
        // Once as the file says it, once as it is remembered.
        foreach (var entry in new[] { Assert.Single(_store.References.Enumerate()), Assert.Single(_store.References.Enumerate()) })
        {
            Assert.Equal(annotated.Annotations, entry.Target.Annotations);
            Assert.Equal(new[] { Pinned(Other), Pinned(image.Manifest.Digest) }.Order(StringComparer.Ordinal), entry.RegistryDigests);
            Assert.InRange(entry.Updated, updated, DateTimeOffset.UtcNow.AddMinutes(1));
        }
    }

    private static TestImage Image() => TestImage.Create([100]);

    private static string Pinned(Digest digest) => $"{There.Name}@{digest}";

    private Task PushAsync(TestImage image, ImageReference destination)
        => _store.PusherTo(new RecordingPushTarget()).PushAsync(image.Manifest, destination, new PushOptions());

    private IReadOnlyList<string> Listed(ImageReference name) => Assert.Single(Catalog.List(), image => image.Reference == name).RepoDigests;
}
