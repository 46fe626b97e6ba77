using System.Globalization;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Processes;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>pasta or slirp4netns: programs of the user that pass a network namespace's traffic on through ordinary sockets.</summary>
internal static class UserModeNetwork
{
    // Neither lets the namespace reach what listens on the machine's loopback: by default both offer it at the gateway's address.
    private static readonly string[] SlirpNameservers = ["10.0.2.3"];

    // pasta goes into the background when the network is ready, and leaves its number behind. Programs that .NET starts ignore SIGPIPE, and
    // versions of pasta up to 2023 take that for a failure; a shell cannot undo it, env of coreutils can.
    private const string PastaScript =
        $$"""
        file=$(mktemp) || exit 1
        own=; [ -n "$2" ] || own=1
        default='env --default-signal=PIPE'
        $default true 2>/dev/null || default=
        $default "$1" --config-net --quiet --pid "$file" ${2:+--userns "$2"} ${own:+--netns-only} --netns "$3" --no-map-gw -t none -u none -T none -U none || exit 1
        pid=$(cat "$file"); rm -f "$file"
        echo ready
        {{LifelineProcess.Wait}}
        kill "$pid"
        """;

    private const string SlirpScript =
        $$"""
        exec 4>&1
        ("$1" --configure --mtu=65520 --disable-host-loopback --ready-fd=4 ${2:+--userns-path="$2"} --netns-type=path "$3" tap0 4> "$4" >/dev/null) &
        pid=$!
        while [ ! -s "$4" ]; do kill -0 "$pid" 2>/dev/null || exit 1; sleep 0.02; done
        rm -f "$4"
        echo ready
        {{LifelineProcess.Wait}}
        kill "$pid"
        """;

    /// <summary>Wires the network namespace of a process.</summary>
    /// <returns>The wiring, and no reason; or the reason why there is none.</returns>
    public static async Task<(IAsyncDisposable? Wiring, IReadOnlyList<string> Nameservers, string? Reason)> AttachAsync(
        ProgramSearch programs, RootlessNamespace rootless, int process, CancellationToken cancellationToken)
    {
        var network = string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/ns/net");
        var reasons = new List<string>();
        if (programs.Find("pasta") is { } pasta)
        {
            var (wiring, error) = await LifelineProcess.StartAsync(
                [], PastaScript, [pasta, rootless.NamespacePath ?? "", network], cancellationToken).ConfigureAwait(false);
            if (wiring is not null)
            {
                return (wiring, [], null);
            }

            reasons.Add($"pasta failed ({error})");
        }

        if (programs.Find("slirp4netns") is { } slirp)
        {
            var place = ScratchDirectory.Create("zlayer-slirp-");
            try
            {
                string[] arguments = [slirp, rootless.NamespacePath ?? "", network, Path.Combine(place, "ready")];
                var (wiring, error) = await LifelineProcess.StartAsync([], SlirpScript, arguments, cancellationToken).ConfigureAwait(false);
                if (wiring is not null)
                {
                    return (wiring, SlirpNameservers, null);
                }

                reasons.Add($"slirp4netns failed ({error})");
            }
            finally
            {
                Directory.Delete(place, recursive: true);
            }
        }

        return (null, [], reasons.Count > 0
            ? string.Join(", ", reasons)
            : "neither pasta nor slirp4netns is installed (apt-get install passt)");
    }
}
