using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Registries;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class DockerPullTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private const string NoPlainHttp = "Podman speaks TLS with registries on loopback unless registries.conf says otherwise";

    private readonly string _repository = "life" + Guid.NewGuid().ToString("N")[..8];
    private readonly List<string> _images = [];
    private RegistryFixture? _registry;

    public override async Task InitializeAsync()
    {
        Skip.IfNot(RegistryFixture.IsInstalled, RegistryFixture.Reason);
        await base.InitializeAsync();
        _registry = await RegistryFixture.StartAsync();
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        foreach (var image in _images)
        {
            await Docker.RunAsync("image", "rm", "-f", image);
        }

        if (_registry is not null)
        {
            await _registry.DisposeAsync();
        }
    }

    [SkippableFact]
    public async Task A_pull_tells_bytes_and_the_digest()
    {
        Skip.If(IsPodman, "Podman gives an image another digest when it pushes it");
        var (reference, digest) = await PushAsync("one");
        await Docker.RunAsync("image", "rm", "-f", reference.ToString());

        var progress = await PullAsync(reference, new RuntimePullOptions());

        Assert.Equal(new PullDone(reference, digest), progress[^1]);
        Assert.Single(progress.OfType<PullDone>());
        Assert.Contains(progress.OfType<PullStatus>(), status => status is { Id: not null, Status: "Pull complete" or "Already exists" });
        Assert.Contains(progress.OfType<PullStatus>(), status => status.Id is null);
        Assert.Equal(digest, (await Runtime.InspectImageAsync(reference.ToString())).Digest);
    }

    [SkippableFact]
    public async Task A_held_image_is_used_without_the_network()
    {
        var (reference, digest) = await PushAsync("one");
        await _registry!.DisposeAsync();
        _registry = null;

        Assert.Equal([new PullDone(reference, digest)], await PullAsync(reference, new RuntimePullOptions()));
        Assert.Equal([new PullDone(reference, digest)], await PullAsync(reference, new RuntimePullOptions { Policy = PullPolicy.Never }));
        // What cannot be asked leaves the held image in use; what must be pulled fails.
        Assert.Equal([new PullDone(reference, digest)], await PullAsync(reference, new RuntimePullOptions { Policy = PullPolicy.Newer }));
        Assert.Equal([new PullDone(reference.WithDigest(digest), digest)], await PullAsync(reference.WithDigest(digest), new RuntimePullOptions { Policy = PullPolicy.Newer }));
        await FailsAsync(ZLayerErrorKind.RegistryUnreachable, () => Runtime.PullImageAsync(reference, new RuntimePullOptions { Policy = PullPolicy.Always }));
        await FailsAsync(ZLayerErrorKind.RegistryUnreachable, () => Runtime.PullImageAsync(reference.WithTag("other")));
    }

    [SkippableFact]
    public async Task A_newer_image_is_pulled_and_the_same_one_is_not()
    {
        Skip.If(IsPodman, "Podman gives an image another digest when it pushes it");
        var (reference, first) = await PushAsync("one");
        var other = await PushAsync("two", "ENV CHANGED=1");
        Assert.Equal([new PullDone(reference, first)], await PullAsync(reference, new RuntimePullOptions { Policy = PullPolicy.Newer }));

        // Another machine moves the tag; here it still names the old image.
        _ = (await Docker.RunAsync("tag", other.Reference.ToString(), reference.ToString())).Text;
        _ = (await Docker.RunAsync("push", reference.ToString())).Text;
        _ = (await Docker.RunAsync("tag", $"{reference.Name}@{first}", reference.ToString())).Text;
        Assert.Equal(first, DigestOf(await PullAsync(reference, new RuntimePullOptions())));

        Assert.Equal(other.Digest, DigestOf(await PullAsync(reference, new RuntimePullOptions { Policy = PullPolicy.Newer })));
        Assert.Contains("CHANGED=1", (await Runtime.InspectImageAsync(reference.ToString())).Config.Env!);
    }

    [SkippableFact]
    public async Task A_missing_image_that_may_not_be_pulled_is_told_at_once_or_left_to_the_creation()
    {
        var reference = ImageReference.Parse("zlayer-test/none:1");

        var error = await FailsAsync(ZLayerErrorKind.ImageNotFound, () => Runtime.PullImageAsync(reference, new RuntimePullOptions { Policy = PullPolicy.Never }));
        Assert.Equal("zlayer-test/none:1", error.Subject);
        await Runtime.PullImageAsync(reference, new RuntimePullOptions { Policy = PullPolicy.Never, AllowMissing = true });
    }

    [SkippableFact]
    public async Task What_the_registry_does_not_have_is_not_found()
    {
        var (reference, _) = await PushAsync("one");

        await FailsAsync(ZLayerErrorKind.ImageNotFound, () => Runtime.PullImageAsync(reference.WithTag("none")));
        await FailsAsync(ZLayerErrorKind.ImageNotFound, () => Runtime.PullImageAsync(ImageReference.Parse($"{_registry!.Registry}/none/at-all:1")));
        await FailsAsync(ZLayerErrorKind.ImageNotFound, () => Runtime.PullImageAsync(reference.WithDigest(Digest.Of("x"u8))));
    }

    [SkippableFact]
    public async Task A_platform_that_the_image_does_not_have_is_told()
    {
        var (reference, _) = await PushAsync("one");
        await Docker.RunAsync("image", "rm", "-f", reference.ToString());

        var error = await Assert.ThrowsAsync<ZLayerException>(async () =>
        {
            await Runtime.PullImageAsync(reference, new RuntimePullOptions { Platform = Platform.Parse("linux/s390x") });
            // Engines before 28 give an image without an index whatever its platform is, and warn when a container is made.
            await Runtime.CreateContainerAsync(Shell(NewName(), "true") with { Image = reference.ToString(), Platform = Platform.Parse("linux/s390x") });
            throw new ZLayerException(ZLayerErrorKind.PlatformNotAvailable, "The engine only warns.");
        });

        Assert.Contains(error.Kind, (ZLayerErrorKind[])[ZLayerErrorKind.PlatformNotAvailable, ZLayerErrorKind.ImageNotFound]);
    }

    [SkippableFact]
    public async Task A_login_is_taken_from_the_options_else_from_the_callers_logins()
    {
        Skip.If(IsPodman, "a login to Podman's service wants TLS");
        await using var guarded = new GuardedRegistry(await RegistryFixture.StartAsync(withUsers: true));
        var reference = ImageReference.Parse($"{guarded.Registry.Registry}/{_repository}:one");
        _images.Add(reference.ToString());
        var credential = RegistryCredential.FromPassword(RegistryFixture.User, RegistryFixture.Password);
        _ = (await Docker.RunAsync("tag", Image, reference.ToString())).Text;
        var config = Directory.CreateTempSubdirectory("zlayer-login-").FullName;
        _ = (await Docker.RunAsync("--config", config, "login", "-u", RegistryFixture.User, "-p", RegistryFixture.Password, guarded.Registry.Registry)).Text;
        _ = (await Docker.RunAsync("--config", config, "push", reference.ToString())).Text;
        Directory.Delete(config, recursive: true);
        var always = new RuntimePullOptions { Policy = PullPolicy.Always };

        var denied = await FailsAsync(ZLayerErrorKind.RegistryAuthenticationFailed, () => Runtime.PullImageAsync(reference, always));
        Assert.DoesNotContain(RegistryFixture.Password, denied.ToString(), StringComparison.Ordinal);
        await FailsAsync(ZLayerErrorKind.RegistryAuthenticationFailed, () => Runtime.PullImageAsync(reference, always with { Credential = RegistryCredential.FromPassword(RegistryFixture.User, "wrong") }));
        await Runtime.PullImageAsync(reference, always with { Credential = credential });

        await using var runtime = NewRuntime(credentials: new OneLogin(guarded.Registry.Registry, credential));
        await runtime.PullImageAsync(reference, always);
    }

    [SkippableFact]
    public async Task Answers_of_a_broken_registry_have_their_kinds()
    {
        Skip.If(IsPodman, NoPlainHttp);
        foreach (var (status, code, kind) in ((int, string, ZLayerErrorKind)[])[(500, "UNKNOWN", ZLayerErrorKind.RegistryError), (403, "DENIED", ZLayerErrorKind.RegistryAccessDenied), (429, "TOOMANYREQUESTS", ZLayerErrorKind.RegistryRateLimited)])
        {
            using var registry = new FakeRegistry(request => request.Path == "/v2/" ? new FakeResponse(200) : FakeResponse.Json($$"""{"errors":[{"code":"{{code}}","message":"words"}]}""", status));
            await FailsAsync(kind, () => Runtime.PullImageAsync(ImageReference.Parse($"{registry.Name}/a/b:1")));
        }
    }

    private static Digest? DigestOf(List<PullProgress> progress) => Assert.IsType<PullDone>(progress[^1]).Digest;

    private async Task<List<PullProgress>> PullAsync(ImageReference reference, RuntimePullOptions options)
    {
        var progress = new List<PullProgress>();
        await foreach (var step in Runtime.PullImageStreamAsync(reference, options))
        {
            progress.Add(step);
        }

        return progress;
    }

    /// <summary>Pushes busybox with a change through the engine.</summary>
    private async Task<(ImageReference Reference, Digest Digest)> PushAsync(string tag, string change = "LABEL life=1")
    {
        Skip.If(IsPodman, NoPlainHttp);
        var reference = ImageReference.Parse($"{_registry!.Registry}/{_repository}:{tag}");
        _images.Add(reference.ToString());
        var container = NewName();
        await CreateAsync(Shell(container, "true"));
        await Runtime.CommitContainerAsync(container, new CommitOptions { Target = reference, Changes = [change] });
        _ = (await Docker.RunAsync("push", reference.ToString())).Text;
        return (reference, (await Runtime.InspectImageAsync(reference.ToString())).Digest);
    }

    private sealed class OneLogin(string registry, RegistryCredential credential) : ICredentialSource
    {
        public ValueTask<RegistryCredential?> FindAsync(string host, CancellationToken cancellationToken = default)
            => ValueTask.FromResult(host == registry ? credential : null);
    }

    private sealed record GuardedRegistry(RegistryFixture Registry) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await Registry.DisposeAsync();
    }
}
