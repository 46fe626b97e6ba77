using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>Finds the API version to speak, once; a failure is not kept.</summary>
/// <param name="wanted">A version to speak unasked.</param>
/// <param name="ask">Asks the engine for its newest version.</param>
internal sealed class ApiNegotiation(ApiVersion? wanted, Func<CancellationToken, Task<string?>> ask)
{
    private StrongBox? _agreed = wanted is { } version ? new StrongBox(version) : null;

    public async ValueTask<ApiVersion> GetAsync(CancellationToken cancellationToken)
    {
        // Two first requests may both ask; they hear the same.
        _agreed ??= new StrongBox(Agree(await ask(cancellationToken).ConfigureAwait(false)));
        return _agreed.Version;
    }

    public void Reset()
    {
        if (wanted is null)
        {
            _agreed = null;
        }
    }

    private static ApiVersion Agree(string? told)
    {
        if (!ApiVersion.TryParse(told, out var offered))
        {
            throw new ZLayerException(
                ZLayerErrorKind.RuntimeError, "Cannot reach the engine: what answers is not a Docker engine: it does not tell its API version.")
            {
                Advice = "Check that the address is that of a Docker engine, and that no proxy answers in its place.",
            };
        }

        return offered >= ApiVersion.Oldest
            ? offered < ApiVersion.Newest ? offered : ApiVersion.Newest
            : throw new ZLayerException(
                ZLayerErrorKind.RuntimeApiTooOld, $"Cannot reach the engine: it speaks version {offered} of the API, and ZLayer none before {ApiVersion.Oldest}.")
            {
                Advice = "Update the engine.",
            };
    }

    private sealed record StrongBox(ApiVersion Version);
}
