using System.Runtime.CompilerServices;
using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Docker.Mapping;
using ZLayer.Core.Runtimes.Docker.Wire;

namespace ZLayer.Core.Runtimes.Docker.Operations;

/// <summary>Bringing images in from registries.</summary>
/// <param name="engine">The engine that the operation speaks to.</param>
internal sealed class DockerPull(ChosenEngine engine)
{
    private const string DigestPrefix = "Digest: ";
    private const string HubLogin = "https://index.docker.io/v1/";

    private static readonly ApiVersion PlatformOfInspect = new(1, 49);

    public async Task PullImageAsync(ImageReference image, RuntimePullOptions options, CancellationToken cancellationToken = default)
    {
        await foreach (var _ in PullImageStreamAsync(image, options, cancellationToken).ConfigureAwait(false))
        {
            // What matters is the end.
        }
    }

    public async IAsyncEnumerable<PullProgress> PullImageStreamAsync(
        ImageReference image, RuntimePullOptions options, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(image);
        ArgumentNullException.ThrowIfNull(options);
        var held = options.Policy == PullPolicy.Always
            ? null
            : await FindHeldAsync(image, options.Platform, cancellationToken).ConfigureAwait(false);
        if (held is null && options.Policy == PullPolicy.Never)
        {
            yield return options.AllowMissing ? new PullDone(image, null) : throw Missing(image);
            yield break;
        }

        var login = new Lazy<Task<string>>(() => LoginAsync(image, options.Credential, cancellationToken));
        if (held is not null
            && (options.Policy != PullPolicy.Newer
                || image.Digest is not null
                || await IsCurrentAsync(image, held, login.Value, cancellationToken).ConfigureAwait(false)))
        {
            yield return new PullDone(image, DigestOf(image, held));
            yield break;
        }

        await foreach (var progress in PullAsync(
            image, options.Platform, await login.Value.ConfigureAwait(false), cancellationToken).ConfigureAwait(false))
        {
            yield return progress;
        }
    }

    private async IAsyncEnumerable<PullProgress> PullAsync(
        ImageReference image, Platform? platform, string login, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = EngineRequest.Post($"images/create", RegistryPurpose("pull", image)) with
        {
            Query = new EngineQuery { { "fromImage", image.Name }, { "tag", image.Identifier }, { "platform", platform?.ToString() } },
            Headers = Login(login),
        };
        Digest? digest = image.Digest;
        await foreach (var message in engine.Client.StreamMessagesAsync(request, cancellationToken).ConfigureAwait(false))
        {
            // Podman writes in the member for output what Docker writes as the status.
            if ((message.Status ?? message.Stream)?.TrimEnd('\n') is not { Length: > 0 } status)
            {
                continue;
            }

            if (status.StartsWith(DigestPrefix, StringComparison.Ordinal)
                && Digest.TryParse(status[DigestPrefix.Length..].Trim(), out var told))
            {
                digest = told;
            }

            var isWhole = message.Id is null || status.StartsWith("Pulling from ", StringComparison.Ordinal);
            yield return new PullStatus(
                isWhole
                    ? null
                    : message.Id, status, message.Progress is { Current: > 0 } current
                        ? current.Current
                        : null, message.Progress is { Total: > 0 } total ? total.Total : null);
        }

        digest ??= await FindHeldAsync(image, null, cancellationToken).ConfigureAwait(false) is { } pulled ? DigestOf(image, pulled) : null;
        yield return new PullDone(image, digest);
    }

    /// <summary>The image where the engine holds it, for the platform; null where it does not. The network is not touched.</summary>
    private async Task<ImageDocument?> FindHeldAsync(ImageReference image, Platform? platform, CancellationToken cancellationToken)
    {
        try
        {
            var knowsPlatforms = platform is not null
                && await engine.Client.GetApiVersionAsync(cancellationToken).ConfigureAwait(false) >= PlatformOfInspect;
            var request = EngineRequest.Get(
                $"images/{image.ToString()}/json", EnginePurpose.ForImage("look for", image.ToFamiliarString())) with
            {
                Query = new EngineQuery { { "platform", knowsPlatforms
                    ? JsonSerializer.Serialize(
                        new PlatformDocument(platform!.Os, platform.Architecture, platform.Variant), DocumentsJson.Default.PlatformDocument)
                    : null } },
            };
            var document = await engine.Client.GetAsync(
                request, DocumentsJson.Default.ImageDocument, cancellationToken).ConfigureAwait(false);
            return platform is null || platform.Accepts(ImageMapping.Platform(document)) ? document : null;
        }
        catch (ZLayerException e) when (e.Kind is ZLayerErrorKind.ImageNotFound or ZLayerErrorKind.PlatformNotAvailable)
        {
            return null;
        }
    }

    /// <summary>Whether the registry has nothing newer than what is held; also true when it cannot be asked.</summary>
    private async Task<bool> IsCurrentAsync(
        ImageReference image, ImageDocument held, Task<string> login, CancellationToken cancellationToken)
    {
        try
        {
            var request = EngineRequest.Get(
                $"distribution/{image.ToString()}/json", RegistryPurpose("look up", image) with { NotFound = ZLayerErrorKind.OperationNotSupported }) with { Headers = Login(await login.ConfigureAwait(false)) };
            var answer = await engine.Client.GetAsync(
                request, DocumentsJson.Default.DistributionDocument, cancellationToken).ConfigureAwait(false);
            return Digest.TryParse(answer.Descriptor?.Digest, out var digest) && ImageMapping.DigestsOf(held, image).Contains(digest);
        }
        catch (ZLayerException e) when (e.Kind != ZLayerErrorKind.RuntimeUnavailable)
        {
            return true;
        }
    }

    private async Task<string> LoginAsync(ImageReference image, RegistryCredential? given, CancellationToken cancellationToken)
    {
        var credential = given
            ?? (engine.Credentials is null
                ? null
                : await engine.Credentials.FindAsync(image.Registry, image.Repository, cancellationToken).ConfigureAwait(false));
        if (credential is null)
        {
            return "";
        }

        var document = new LoginDocument
        {
            Username = credential.Username,
            Password = credential.Secret,
            IdentityToken = credential.IdentityToken,
            RegistryToken = credential.RegistryToken,
            ServerAddress = image.Registry == ImageReference.DefaultRegistry ? HubLogin : image.Registry,
        };
        // Base 64 for URLs with padding, as the engine's API wants it.
        return Convert.ToBase64String(JsonSerializer.SerializeToUtf8Bytes(document, DocumentsJson.Default.LoginDocument))
            .Replace('+', '-')
            .Replace('/', '_');
    }

    private static Dictionary<string, string> Login(string login)
        => login.Length == 0 ? [] : new Dictionary<string, string> { ["X-Registry-Auth"] = login };

    private static Digest? DigestOf(ImageReference image, ImageDocument held)
        => image.Digest ?? (ImageMapping.DigestsOf(held, image).FirstOrDefault() is { IsEmpty: false } digest ? digest : null);

    private static EnginePurpose RegistryPurpose(string verb, ImageReference image)
        => EnginePurpose.ForImage(
            verb, image.ToFamiliarString()) with { Refine = RegistryWords.KindOf, Advise = RegistryWords.Advise, Failure = ZLayerErrorKind.RegistryError };

    private static ZLayerException Missing(ImageReference image)
        => new(ZLayerErrorKind.ImageNotFound, $"Cannot use the image '{image.ToFamiliarString()}': the runtime does not hold it, and it may not be pulled.")
        {
            Subject = image.ToFamiliarString(),
            Advice = "Allow the pull, or load the image first.",
        };
}
