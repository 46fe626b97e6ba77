using ZLayer.Core.Errors;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Storage;

namespace ZLayer.Core.Tests.Images;

public sealed class ImageCatalogTests : IDisposable
{
    private static readonly Platform Amd64 = Platform.Parse("linux/amd64");
    private static readonly Platform Arm64 = Platform.Parse("linux/arm64");

    private readonly TemporaryStore _store = new();
    private readonly ImageCatalog _catalog;

    public ImageCatalogTests() => _catalog = new ImageCatalog(_store.Layout, _store.Content, _store.References, _store.Layers);

    public void Dispose() => _store.Dispose();

    [Fact]
    public void An_image_is_found_by_name_digest_and_the_beginning_of_its_ids()
    {
        var target = Name("team/app:1", StoredImages.Make(_store, "a"));
        var image = _catalog.Get("team/app:1");

        Assert.Equal(target, image.Target);
        Assert.Equal(image.ConfigDigest, _catalog.Get(image.ConfigDigest.ToString()).ConfigDigest);
        Assert.Equal(image.ConfigDigest, _catalog.Get(image.ConfigDigest.Hex).ConfigDigest);
        Assert.Equal(image.ConfigDigest, _catalog.Get(image.ConfigDigest.ShortHex).ConfigDigest);
        Assert.Equal(image.ConfigDigest, _catalog.Get(target.Digest.Hex[..8]).ConfigDigest);
        Assert.Equal(image.ConfigDigest, _catalog.Get(target.Digest.ToString()).ConfigDigest);
        Assert.Equal(image.ConfigDigest, _catalog.Get($"team/app@{target.Digest}").ConfigDigest);
        Assert.Null(_catalog.Find("team/app:2"));
        Assert.Null(_catalog.Find("0123456789"));
    }

    [Fact]
    public void A_missing_image_names_similar_ones()
    {
        Name("team/app:1", StoredImages.Make(_store, "a"));
        var error = Assert.Throws<ZLayerException>(() => _catalog.Get("team/apq:1"));
        Assert.Equal(ZLayerErrorKind.ImageNotFound, error.Kind);
        Assert.Contains("team/app:1", error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void An_id_that_several_images_have_removes_none_of_them_and_says_which_they_are()
    {
        var built = Name("app:1", StoredImages.Make(_store, "a"));
        var manifest = OciJson.ParseManifest(_store.Content.ReadDocument(built.Digest, "test"), "test");
        var again = OciJson.Serialize(manifest with { Annotations = new Dictionary<string, string> { ["made"] = "again" } });
        var pulled = Name("registry.example/app:1", new Descriptor { MediaType = built.MediaType, Digest = _store.Content.Write(again), Size = again.Length });
        var id = _catalog.Get("app:1").ConfigDigest;

        foreach (var text in (string[])[id.ToString(), id.Hex, id.ShortHex])
        {
            var error = Assert.Throws<ZLayerException>(() => _catalog.Remove(text));
            Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
            Assert.Equal(2, error.Details.Count);
            Assert.Contains(error.Details, line => line.Contains("registry.example/app:1", StringComparison.Ordinal));
            Assert.Throws<ZLayerException>(() => _catalog.StartRemoval().Plan(text));
            Assert.Equal(id, _catalog.Get(text).ConfigDigest);
        }

        Assert.Equal(["registry.example/app:1"], _catalog.StartRemoval().Plan(pulled.Digest.ToString()).Images.Single().Untagged);
        _catalog.Remove(pulled.Digest.ToString());
        Assert.NotNull(_catalog.Find("app:1"));
        Assert.Equal(["app:1"], _catalog.Remove(id.ToString()).Untagged);
    }

    [Fact]
    public void Removal_by_force_takes_all_images_that_have_the_id()
    {
        var built = Name("app:1", StoredImages.Make(_store, "a"));
        var manifest = OciJson.ParseManifest(_store.Content.ReadDocument(built.Digest, "test"), "test");
        var again = OciJson.Serialize(manifest with { Annotations = new Dictionary<string, string> { ["made"] = "again" } });
        Name("app:2", new Descriptor { MediaType = built.MediaType, Digest = _store.Content.Write(again), Size = again.Length });

        var removal = _catalog.Remove(_catalog.Get("app:1").ConfigDigest.ToString(), force: true);

        Assert.Equal(["app:1", "app:2"], removal.Untagged.Order(StringComparer.Ordinal));
        Assert.Empty(_catalog.List());
    }

    [Fact]
    public void A_plan_tells_a_name_that_goes_from_an_image_that_goes()
    {
        var target = Name("app:1", StoredImages.Make(_store, "a"));
        Name("app:2", target);

        Assert.Empty(_catalog.StartRemoval().Plan("app:1").Images.Single().Deleted);
        _catalog.Remove("app:1");
        Assert.Equal([target.Digest.ToString()], _catalog.StartRemoval().Plan("app:2").Images.Single().Deleted);
        Assert.NotNull(_catalog.Find("app:2"));
    }

    [Fact]
    public void An_ambiguous_id_is_refused()
    {
        // Few images share four digits, so make them until two do.
        var byPrefix = new Dictionary<string, Digest>();
        for (var i = 0; ; i++)
        {
            var manifest = StoredImages.Make(_store, $"layer{i}");
            var id = _catalog.Load(manifest, null, "test").ConfigDigest;
            _store.References.Set(ImageReference.Parse($"app:{i}"), manifest);
            if (!byPrefix.TryAdd(id.Hex[..4], id))
            {
                Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => _catalog.Find(id.Hex[..4])).Kind);
                Assert.Equal(id, _catalog.Get(id.Hex).ConfigDigest);
                return;
            }
        }
    }

    [Fact]
    public void An_index_is_resolved_by_platform()
    {
        var amd = StoredImages.Make(_store, Amd64, ["a"]);
        var arm = StoredImages.Make(_store, Arm64, ["b"]);
        var index = Name("multi", StoredImages.MakeIndex(_store, (Amd64, amd), (Arm64, arm)));

        Assert.Equal(amd.Digest, _catalog.Get("multi", Amd64).ManifestDescriptor.Digest);
        Assert.Equal(arm.Digest, _catalog.Get("multi", Arm64).ManifestDescriptor.Digest);
        Assert.Equal(index, _catalog.Get("multi", Arm64).Target);
        Assert.Null(_catalog.Find("multi", Platform.Parse("linux/s390x")));
        var error = Assert.Throws<ZLayerException>(() => _catalog.Get("multi", Platform.Parse("linux/s390x")));
        Assert.Equal(ZLayerErrorKind.PlatformNotAvailable, error.Kind);
        Assert.Contains("linux/amd64, linux/arm64", error.Message, StringComparison.Ordinal);
        Assert.Equal(2, _catalog.GetAll("multi").Count);
        Assert.Equal(Arm64, _catalog.Get(_catalog.Get("multi", Arm64).ConfigDigest.ToString()).Platform);

        var info = Assert.Single(_catalog.List());
        Assert.Equal([Amd64, Arm64], info.Platforms);
        Assert.Equal(index.Digest, info.Digest);
    }

    [Fact]
    public void Platforms_that_were_not_pulled_do_not_count()
    {
        var amd = StoredImages.Make(_store, Amd64, ["a"]);
        var arm = StoredImages.Make(_store, Arm64, ["b"]);
        Name("multi", StoredImages.MakeIndex(_store, (Amd64, amd), (Arm64, arm)));
        _store.Content.Delete(amd.Digest);
        Assert.Equal(arm.Digest, _catalog.Get("multi").ManifestDescriptor.Digest);
        Assert.Null(_catalog.Find("multi", Amd64));
        Assert.Equal([Arm64], Assert.Single(_catalog.List()).Platforms);
    }

    [Fact]
    public void A_list_shows_names_sizes_and_images_without_a_name()
    {
        var target = Name("localhost:5000/team/app:1", StoredImages.Make(_store, "a"));
        _store.References.Keep(StoredImages.Make(_store, "b"));

        var images = _catalog.List();

        var named = images.Single(i => i.Reference is not null);
        Assert.Equal(("localhost:5000/team/app", "1"), (named.Repository, named.Tag));
        Assert.Equal(target.Digest, named.Digest);
        Assert.Equal("localhost:5000/team/app:1", named.ToString());
        var image = _catalog.Get(named.ToString());
        Assert.Equal(target.Size + image.Manifest.Config.Size + image.Manifest.Layers[0].Size, named.Size);
        var unnamed = images.Single(i => i.Reference is null);
        Assert.Equal((ImageInfo.NoName, ImageInfo.NoName), (unnamed.Repository, unnamed.Tag));
        Assert.Equal(unnamed.Id.ToString(), unnamed.ToString());
        Assert.Equal([unnamed], _catalog.List(new ImageFilter { Dangling = true }), IdComparer);
        Assert.Equal([named], _catalog.List(new ImageFilter { Dangling = false }), IdComparer);
    }

    [Theory]
    [InlineData("team/*", "team/app:1,team/app:2")]
    [InlineData("team/app", "team/app:1,team/app:2")]
    [InlineData("team/app:2", "team/app:2")]
    [InlineData("docker.io/team/app:2", "team/app:2")]
    [InlineData("*:1", "other:1,team/app:1")]
    [InlineData("t?am/app:1", "team/app:1")]
    [InlineData("nothing*", "")]
    public void Names_are_filtered_by_pattern(string pattern, string expected)
    {
        Name("team/app:1", StoredImages.Make(_store, "a"));
        Name("team/app:2", StoredImages.Make(_store, "b"));
        Name("other:1", StoredImages.Make(_store, "c"));
        var found = _catalog.List(new ImageFilter { Names = [pattern] }).Select(i => i.ToString()).Order(StringComparer.Ordinal);
        Assert.Equal(expected, string.Join(',', found));
    }

    [Fact]
    public void An_image_is_listed_by_a_digest_that_a_registry_gave_it()
    {
        var target = StoredImages.Make(_store, "a");
        Name("team/app:1", target);
        Name("other:1", target);
        _store.References.NoteDigest(target.Digest, ImageReference.Parse("team/pushed").WithDigest(target.Digest));

        Assert.Equal(2, _catalog.List(new ImageFilter { Names = [$"team/pushed@{target.Digest}"] }).Count);
        Assert.Equal(2, _catalog.List(new ImageFilter { Names = [$"docker.io/team/pushed@{target.Digest}"] }).Count);
        Assert.Empty(_catalog.List(new ImageFilter { Names = [$"team/app@{target.Digest}"] }));
    }

    [Fact]
    public void Labels_and_platforms_filter()
    {
        Name("a", StoredImages.Make(_store, Arm64, ["a"], new Dictionary<string, string> { ["team"] = "x", ["tier"] = "" }));
        Name("b", StoredImages.Make(_store, Amd64, ["b"], new Dictionary<string, string> { ["team"] = "y" }));
        Assert.Equal(2, _catalog.List(new ImageFilter { Labels = ["team"] }).Count);
        Assert.Equal("a:latest", Assert.Single(_catalog.List(new ImageFilter { Labels = ["team=x", "tier"] })).ToString());
        Assert.Equal("b:latest", Assert.Single(_catalog.List(new ImageFilter { Platform = Amd64 })).ToString());
    }

    [Fact]
    public void Details_hold_the_documents_as_they_are()
    {
        var target = Name("app", StoredImages.Make(_store, "a"));
        Name("other", target);
        var detail = _catalog.Inspect("other");
        Assert.Equal("other:latest", detail.ToString());
        Assert.Equal(["app:latest", "other:latest"], detail.Names.Select(n => n.ToFamiliarString()));
        Assert.Equal(target.Digest, Digest.Of(System.Text.Encoding.UTF8.GetBytes(detail.RawManifest)));
        Assert.Equal(detail.Id, Digest.Of(System.Text.Encoding.UTF8.GetBytes(detail.RawConfig)));
        Assert.Equal(["/hello"], detail.Config.Config!.Cmd);
    }

    [Fact]
    public void History_comes_newest_first_with_the_sizes_of_layers()
    {
        Name("app", StoredImages.Make(_store, "a", "b"));
        var image = _catalog.Get("app");
        var history = _catalog.GetHistory("app");
        Assert.Equal(["CMD [\"/hello\"]", "COPY b /", "COPY a /"], history.Select(h => h.CreatedBy));
        Assert.Equal([0, image.Manifest.Layers[1].Size, image.Manifest.Layers[0].Size], history.Select(h => h.Size));
        Assert.Equal([true, false, false], history.Select(h => h.EmptyLayer));
        Assert.Equal(image.ConfigDigest, history[0].Id);
        Assert.Equal(["app:latest"], history[0].Tags);
        Assert.Null(history[1].Id);
    }

    [Fact]
    public void Tagging_gives_another_name_and_may_refuse_one_that_exists()
    {
        Name("app", StoredImages.Make(_store, "a"));
        Name("taken", StoredImages.Make(_store, "b"));
        Assert.Equal("app:2", _catalog.Tag("app", ImageReference.Parse("app:2")).ToString());
        Assert.Equal(_catalog.Get("app").ConfigDigest, _catalog.Get("app:2").ConfigDigest);
        var error = Assert.Throws<ZLayerException>(() => _catalog.Tag("app", ImageReference.Parse("taken"), noClobber: true));
        Assert.Equal(ZLayerErrorKind.NameInUse, error.Kind);
        _catalog.Tag(_catalog.Get("app").ConfigDigest.ShortHex, ImageReference.Parse("taken"));
        Assert.Equal(_catalog.Get("app").ConfigDigest, _catalog.Get("taken").ConfigDigest);
        Assert.Equal(ZLayerErrorKind.ImageNotFound, Assert.Throws<ZLayerException>(() => _catalog.Tag("none", ImageReference.Parse("x"))).Kind);
    }

    [Fact]
    public void Removing_the_last_name_deletes_what_no_other_image_needs()
    {
        var shared = StoredImages.Make(_store, "shared", "a");
        Name("app:1", shared);
        Name("app:2", shared);
        Name("other", StoredImages.Make(_store, "shared", "b"));
        StoredImages.Make(_store, "garbage that is not this image's");

        var first = _catalog.Remove("app:1");
        Assert.Equal(["app:1"], first.Untagged);
        Assert.Empty(first.Deleted);

        var second = _catalog.Remove("app:2");
        Assert.Equal(["app:2"], second.Untagged);
        Assert.Equal(3, second.Deleted.Count);
        Assert.True(second.ReclaimedBytes > 0);
        Assert.NotNull(_catalog.Find("other"));
        Assert.Equal(7, _store.Content.Enumerate().Count());
    }

    [Fact]
    public void Removing_by_id_takes_all_names_of_one_repository_but_not_of_several()
    {
        var image = StoredImages.Make(_store, "a");
        Name("app:1", image);
        Name("app:2", image);
        Name("other:1", image);
        var id = _catalog.Get("app:1").ConfigDigest.ShortHex;
        Assert.Equal(ZLayerErrorKind.ImageInUse, Assert.Throws<ZLayerException>(() => _catalog.Remove(id)).Kind);
        _catalog.Remove("other:1");
        Assert.Equal(["app:1", "app:2"], _catalog.Remove(id).Untagged);
        Assert.Empty(_store.Content.Enumerate());
    }

    [Fact]
    public void Removing_by_force_takes_all_names()
    {
        var image = StoredImages.Make(_store, "a");
        Name("app:1", image);
        Name("other:1", image);
        Assert.Equal(2, _catalog.Remove(image.Digest.ToString(), force: true).Untagged.Count);
        Assert.Empty(_catalog.List());
    }

    [Fact]
    public void An_image_that_a_container_uses_is_removed_only_by_force()
    {
        var image = StoredImages.Make(_store, "a");
        Name("app:1", image);
        Name("app:2", image);
        var directory = Directory.CreateDirectory(Path.Combine(_store.Layout.Containers, "box")).FullName;
        File.WriteAllText(Path.Combine(directory, "config.json"), $"{{\"image\":\"{image.Digest}\"}}");

        _catalog.Remove("app:1"); // Only a name.
        var error = Assert.Throws<ZLayerException>(() => _catalog.Remove("app:2"));
        Assert.Equal(ZLayerErrorKind.ImageInUse, error.Kind);
        Assert.Contains("box", error.Message, StringComparison.Ordinal);
        Assert.Empty(_catalog.Remove("app:2", force: true).Deleted); // The container still needs the content.
        Assert.Equal(3, _store.Content.Enumerate().Count());
    }

    [Fact]
    public void Names_by_digest_go_with_the_last_tag()
    {
        var image = StoredImages.Make(_store, "a");
        Name("app:1", image);
        Name($"app@{image.Digest}", image);
        Assert.Equal(2, _catalog.Remove("app:1").Untagged.Count);
        Assert.Empty(_store.Content.Enumerate());
    }

    [Fact]
    public void An_image_without_a_name_is_removed_by_its_id()
    {
        var image = StoredImages.Make(_store, "a");
        _store.References.Keep(image);
        Assert.Equal(3, _catalog.Remove(image.Digest.Hex[..12]).Deleted.Count);
        Assert.Empty(_store.References.Enumerate());
    }

    [Fact]
    public void Removing_what_is_not_there_is_an_error()
        => Assert.Equal(ZLayerErrorKind.ImageNotFound, Assert.Throws<ZLayerException>(() => _catalog.Remove("nothing")).Kind);

    [Fact]
    public void A_damaged_image_is_left_out_of_lists_and_can_be_removed()
    {
        var image = Name("damaged", StoredImages.Make(_store, "a"));
        Name("good", StoredImages.Make(_store, "b"));
        File.Delete(_store.Content.GetPath(image.Digest));
        File.WriteAllText(_store.Content.GetPath(image.Digest), "{}");
        Assert.Equal("good:latest", Assert.Single(_catalog.List()).ToString());
        Assert.Equal(ZLayerErrorKind.DigestMismatch, Assert.Throws<ZLayerException>(() => _catalog.Get("damaged")).Kind);
        Assert.Equal(["damaged:latest"], _catalog.Remove("damaged").Untagged);
    }

    private static readonly IEqualityComparer<ImageInfo> IdComparer = EqualityComparer<ImageInfo>.Create((a, b) => a!.Id == b!.Id, i => i.Id.GetHashCode());

    private Descriptor Name(string name, Descriptor target)
    {
        _store.References.Set(ImageReference.Parse(name), target);
        return target;
    }
}
