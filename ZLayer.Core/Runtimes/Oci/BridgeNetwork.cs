using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Processes;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>
/// The bridge <c>zlayer0</c>, made by netavark and left in place like <c>docker0</c>: taking it down costs more than a small build. A
/// container's end of it vanishes with its network namespace.
/// </summary>
internal sealed class BridgeNetwork : IAsyncDisposable
{
    private const string Bridge = "zlayer0";
    private const string NetworkId = "7a6c617965720000000000000000000000000000000000000000000000000000";

    // A part of 10/8 that neither Docker (172.17/16 and on) nor podman (10.88/16 and on) uses.
    private const string Prefix = "10.213";
    private const int AddressCount = 65000;

    private readonly Socket _claim;

    private BridgeNetwork(Socket claim) => _claim = claim;

    /// <summary>Wires the network namespace of a process.</summary>
    /// <returns>The wiring, and no reason; or the reason why there is none.</returns>
    public static async Task<(IAsyncDisposable? Wiring, IReadOnlyList<string> Nameservers, string? Reason)> AttachAsync(
        ProgramSearch programs, int process, CancellationToken cancellationToken)
    {
        if (programs.Find("netavark") is not { } netavark)
        {
            return (null, [], "netavark is not installed (apt-get install netavark)");
        }

        var state = ScratchDirectory.Create("zlayer-netavark-");
        Socket? claim = null;
        try
        {
            (claim, var address) = ClaimAddress();
            string[] command = [netavark, "--config", state, "setup", $"/proc/{process}/ns/net"];
            var setup = await new ProgramStart(command) { Directory = "/" }.RunAsync(
                Describe(address), cancellationToken).ConfigureAwait(false);
            if (setup.ExitCode == 0)
            {
                return (new BridgeNetwork(claim), [], null);
            }

            claim.Dispose();
            return (null, [], $"netavark failed ({ErrorOf(setup)})");
        }
        catch
        {
            claim?.Dispose();
            throw;
        }
        finally
        {
            Directory.Delete(state, recursive: true);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _claim.Dispose();
        return ValueTask.CompletedTask;
    }

    // A socket with an abstract name (unix(7)) belongs to one process of the machine and vanishes with it: a claim that cannot be left
    // behind.
    private static (Socket Claim, string Address) ClaimAddress()
    {
        for (var attempt = 0; attempt < AddressCount; attempt++)
        {
            var number = RandomNumberGenerator.GetInt32(2, AddressCount);
            var address = $"{Prefix}.{number >> 8}.{number & 0xff}";
            if ((number & 0xff) is 0 or 0xff)
            {
                continue;
            }

            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Bind(new UnixDomainSocketEndPoint($"\0zlayer/network/{address}"));
                return (socket, address);
            }
            catch (SocketException)
            {
                socket.Dispose();
            }
        }

        throw new ZLayerException(
            ZLayerErrorKind.OperationNotSupported, $"Cannot give the step a network: every address of {Prefix}.0.0/16 is in use.")
        {
            Subject = Bridge,
            Advice = $"End other builds, or use {DoorWords.Of("--network host", "-Network host")}.",
        };
    }

    // The input of netavark-setup(1).
    private static string Describe(string address)
        => $$$"""
        {"container_id":"{{{Guid.NewGuid():N}}}","container_name":"zlayer-build",
         "networks":{"zlayer":{"interface_name":"eth0","static_ips":["{{{address}}}"]}},
         "network_info":{"zlayer":{"name":"zlayer","id":"{{{NetworkId}}}","driver":"bridge","network_interface":"{{{Bridge}}}",
          "subnets":[{"subnet":"{{{Prefix}}}.0.0/16","gateway":"{{{Prefix}}}.0.1"}],
          "ipv6_enabled":false,"internal":false,"dns_enabled":false,"ipam_options":{"driver":"host-local"} } } }
        """;

    private static string ErrorOf(ProgramResult setup)
    {
        if (!CheckedJson.TryReadElement(Encoding.UTF8.GetBytes(setup.Output), out var answer))
        {
            return setup.Error.Length > 0 ? setup.Error : $"exit code {setup.ExitCode}";
        }

        return answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("error", out var error) ? error.ToString() : setup.Error;
    }
}
