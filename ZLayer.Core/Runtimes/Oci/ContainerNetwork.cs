using ZLayer.Core.Foundation.Processes;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>
/// A network namespace with a way out, shared by the steps of one session because setting it up takes longer than running a small step. As
/// root netavark wires it to a bridge; otherwise pasta or slirp4netns passes its traffic on. Where neither works there is no network, or
/// the machine's own for those who agreed to it.
/// </summary>
internal sealed class ContainerNetwork : IAsyncDisposable
{
    private readonly LifelineProcess? _holder;
    private readonly IAsyncDisposable? _wiring;

    private ContainerNetwork(LifelineProcess? holder, IAsyncDisposable? wiring, IReadOnlyList<string> nameservers)
    {
        _holder = holder;
        _wiring = wiring;
        Nameservers = nameservers;
    }

    /// <summary>The path of the namespace; null for the machine's own network, or none.</summary>
    public string? NamespacePath => _holder is null ? null : $"/proc/{_holder.Id}/ns/net";

    /// <summary>True when containers are in the machine's own network, because no other could be set up and the caller allows it.</summary>
    public bool IsHost { get; private init; }

    /// <summary>Name servers that the network itself offers, used where the machine's cannot be reached.</summary>
    public IReadOnlyList<string> Nameservers { get; }

    /// <summary>Sets the network up.</summary>
    /// <param name="programs">Where programs are.</param>
    /// <param name="rootless">The user namespace; null as root.</param>
    /// <param name="allowHost">True to use the machine's own network where no other can be set up; otherwise there is none then.</param>
    /// <param name="warning">Told when no network could be set up, and why.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<ContainerNetwork> CreateAsync(
        ProgramSearch programs, RootlessNamespace? rootless, bool allowHost, Action<string> warning, CancellationToken cancellationToken)
    {
        var unshare = programs.Require("unshare", "make a network namespace", "util-linux");
        IReadOnlyList<string> enter = rootless?.Enter ?? [];
        var (holder, error) = await LifelineProcess.StartAsync(
            [.. enter, unshare, "--net"], $"echo ready; {LifelineProcess.Wait}", [], cancellationToken).ConfigureAwait(false);
        if (holder is null)
        {
            return Fallback($"no network namespace can be made ({error})");
        }

        try
        {
            var (wiring, nameservers, reason) = rootless is null
                ? await BridgeNetwork.AttachAsync(programs, holder.Id, cancellationToken).ConfigureAwait(false)
                : await UserModeNetwork.AttachAsync(programs, rootless, holder.Id, cancellationToken).ConfigureAwait(false);
            if (reason is null)
            {
                return new ContainerNetwork(holder, wiring, nameservers);
            }

            await holder.DisposeAsync().ConfigureAwait(false);
            return Fallback(reason);
        }
        catch
        {
            await holder.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        ContainerNetwork Fallback(string reason)
        {
            warning(allowHost
                ? $"RUN steps use the network of the machine: {reason}."
                : $"RUN steps have no network: {reason}. To let them use the network of the machine, allow network.host.");
            return new ContainerNetwork(null, null, []) { IsHost = allowHost };
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_wiring is not null)
        {
            await _wiring.DisposeAsync().ConfigureAwait(false);
        }

        if (_holder is not null)
        {
            await _holder.DisposeAsync().ConfigureAwait(false);
        }
    }
}
