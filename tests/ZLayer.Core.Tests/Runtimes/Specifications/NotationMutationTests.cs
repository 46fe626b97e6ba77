using CsCheck;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Specifications;

/// <summary>Texts that are made of the parts of valid ones: each is read, or refused by an error of ZLayer.</summary>
public sealed class NotationMutationTests
{
    private static readonly string[] Parts =
    [
        "", " ", "\t", "\n", "\0", "\u001b[2J", "\ud800", ":", "::", "=", ",", "\"", "'", "/", "//", "-", "--", ".", "..", "@", "%", "%00", "[", "]", "+", "#", "\\", "~", "é", "٣",
        "0", "1", "-1", "80", "8000-8010", "65535", "65536", "70000", "2147483647", "2147483648", "4294967296", "9223372036854775807", "9223372036854775808", "18446744073709551616", "1e400", "0x7f", "1.5",
        "tcp", "udp", "sctp", "unix", "ssh", "npipe", "http", "127.0.0.1", "::1", "[::1]", "fe80::1%eth0", "300.1.1.1", "host", "/dev/sda", "/data", "C:\\data", "name", "rwm", "ro", "rw", "z",
        "type", "type=bind", "type=volume", "type=tmpfs", "type=image", "source", "src", "target", "dst", "readonly", "tmpfs-size", "tmpfs-mode=", "bind-propagation", "volume-opt", "subpath",
        "all", "count", "device", "capabilities", "driver", "nvidia", "always", "on-failure", "unless-stopped", "no", "nofile", "SIG", "SIGRTMIN", "RTMAX", "KILL", "sha256", "web-rep-0", "-on-",
        "k", "mb", "GiB", "s", "h", "m30", "d", "ns", "µs", "999999999999", "ip", "ip6", "alias", "mac", "02:42:ac:11:00:02", "vendor.com/class", new('9', 400), new('a', 5_000),
    ];

    private static readonly Action<string>[] Readers =
    [
        text => PortMapping.Parse(text),
        text => PortRange.Parse(text),
        text => MountSpecification.Parse(text, "/"),
        text => NetworkSpecification.Parse(text),
        text => DeviceMapping.Parse(text),
        text => DeviceWeight.Parse(text),
        text => DeviceRate.ParseBytes(text),
        text => DeviceRate.ParseOperations(text),
        text => GpuRequest.Parse(text),
        text => RestartPolicy.Parse(text),
        text => IsolationName.Parse(text),
        text => Ulimit.Parse(text),
        text => Signal.Parse(text),
        text => ContainerId.TryParse(text, out _),
        text => ByteSize.Parse(text),
        text => Duration.Parse(text),
        text => Duration.ParseGo(text),
        text => DockerEndpoint.Parse(text),
        text => ApiVersion.TryParse(text, out _),
        text => HealthCheck.FromShell(text),
        text => EnvironmentFile.ParseVariable(text, new Dictionary<string, string> { ["a"] = "b" }),
        text => ImageReference.Parse(text),
    ];

    [Fact]
    public void Texts_of_options_are_read_or_refused()
        => Gen.Select(Gen.Int[0, Readers.Length - 1], Gen.Int[0, Parts.Length - 1].Select(part => Parts[part]).Array[0, 7]).Sample(
            (reader, parts) =>
            {
                try
                {
                    Readers[reader](string.Concat(parts));
                }
                catch (ZLayerException e)
                {
                    Assert.NotEqual(ZLayerErrorKind.InternalError, e.Kind);
                }
            },
            iter: 50_000,
            threads: 1);
}
