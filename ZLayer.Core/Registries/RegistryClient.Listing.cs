using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Registries;

internal sealed partial class RegistryClient
{
    private const int MaximumPage = 16 * 1024 * 1024;

    /// <summary>The tags of a repository, in the registry's order, page by page.</summary>
    /// <exception cref="ZLayerException">ImageNotFound when there is no such repository.</exception>
    public IAsyncEnumerable<string> GetTagsAsync(ImageReference repository, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var target = _router.ForQuestion(repository);
        return ListAsync(
            target.Transport,
            Request(HttpMethod.Get, target.Reference, $"/v2/{target.Reference.Repository}/tags/list?n=1000", "list the tags of", "pull"),
            RegistryJsonContext.Default.TagsAnswer,
            answer => answer.Tags ?? [],
            cancellationToken);
    }

    /// <summary>The repositories of a registry, page by page, as far as it lists them (<c>/v2/_catalog</c>).</summary>
    /// <param name="registry">Host and optional port.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    /// <exception cref="ZLayerException">
    /// OperationNotSupported when the registry does not list its repositories, as Docker Hub does not.
    /// </exception>
    public IAsyncEnumerable<string> GetRepositoriesAsync(string registry, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(registry);
        var name = RegistryNames.Normalize(registry);
        if (!ImageReference.TryParse(name + "/any", out var any) || any.Registry != name)
        {
            throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"'{registry}' is not the name of a registry.")
            {
                Subject = registry,
                Advice = "Write host or host:port, such as 'ghcr.io' or 'localhost:5000'.",
            };
        }

        return ListAsync(
            _router.ForQuestion(any).Transport,
            new RegistryRequest
            {
                Registry = name,
                Method = HttpMethod.Get,
                Path = "/v2/_catalog?n=1000",
                Scopes = ["registry:catalog:*"],
                Attempt = $"list the repositories of {name}",
                Subject = name,
                Allowed = [HttpStatusCode.NotFound],
            },
            RegistryJsonContext.Default.CatalogAnswer,
            answer => answer.Repositories ?? [],
            cancellationToken);
    }

    private async IAsyncEnumerable<string> ListAsync<TAnswer>(
        RegistryTransport transport, RegistryRequest request, JsonTypeInfo<TAnswer> type, Func<TAnswer, IReadOnlyList<string>> select,
        [EnumeratorCancellation] CancellationToken cancellationToken)
        where TAnswer : class
    {
        var walk = new PageWalk(request.Attempt, request.Subject);
        while (true)
        {
            var (answer, next) = await transport.ReadAsync(
                request, (response, token) => ReadPageAsync(request, response, type, token), cancellationToken).ConfigureAwait(false);
            var items = select(answer);
            foreach (var item in items)
            {
                yield return item;
            }

            if (walk.Next(request.Path, next, items.Count, items is [var first, ..] ? first : null) is not { } path)
            {
                yield break;
            }

            request = request with { Path = path };
        }
    }

    private async Task<(TAnswer Answer, string? Next)> ReadPageAsync<TAnswer>(
        RegistryRequest request, HttpResponseMessage response, JsonTypeInfo<TAnswer> type, CancellationToken cancellationToken)
        where TAnswer : class
    {
        if (response.StatusCode == HttpStatusCode.NotFound)
        {
            throw new ZLayerException(ZLayerErrorKind.OperationNotSupported, $"Cannot {request.Attempt}: the registry does not offer this.")
            {
                Subject = request.Subject,
                Advice = "Look on the registry's own pages.",
            };
        }

        var body = await ResponseBody.ReadAsync(response, MaximumPage, _options, cancellationToken).ConfigureAwait(false);
        var answer = CheckedJson.Read(
            body,
            type,
            (why, cause) => new ZLayerException(
                ZLayerErrorKind.RegistryProtocolError, $"Cannot {request.Attempt}: the answer is not valid: {why}.", cause)
            {
                Subject = response.RequestMessage?.RequestUri?.Authority,
                Advice = "Check that the address names an image registry, and no proxy answers in its place.",
            },
            MaximumPage);
        return (answer, LinkHeader.Next(response));
    }
}
