using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Specifications;

public sealed class NotationTests
{
    [Theory]
    [InlineData("/dev/fuse", "/dev/fuse:/dev/fuse:rwm")]
    [InlineData("/dev/fuse:r", "/dev/fuse:/dev/fuse:r")]
    [InlineData("/dev/a:/dev/b", "/dev/a:/dev/b:rwm")]
    [InlineData("/dev/a:/dev/b:mr", "/dev/a:/dev/b:rm")]
    [InlineData("nvidia.com/gpu=all", "nvidia.com/gpu=all")]
    [InlineData("vendor.com/class=a:b", "vendor.com/class=a:b")]
    public void Devices_are_parsed(string text, string expected) => Assert.Equal(expected, DeviceMapping.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("fuse")]
    [InlineData("/dev/a:b")]
    [InlineData("/dev/a:/dev/b:x")]
    [InlineData("/dev/a:/dev/b:rr")]
    [InlineData("/dev/a:/dev/b:r:w")]
    [InlineData("gpu=all")]
    [InlineData("1vendor/gpu=all")]
    public void Text_that_is_no_device_is_refused(string text)
    {
        Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => DeviceMapping.Parse(text)).Kind);
        Assert.False(DeviceMapping.TryParse(text, out _));
    }

    [Theory]
    [InlineData("/dev/sda:1024", "/dev/sda", 1024)]
    [InlineData("/dev/sda:10kb", "/dev/sda", 10 << 10)]
    [InlineData("/dev/sda:2MB", "/dev/sda", 2 << 20)]
    [InlineData("/dev/mapper/a:1g", "/dev/mapper/a", 1 << 30)]
    [InlineData("/dev/disk/by-path/pci-0000:00:1f.2:0", "/dev/disk/by-path/pci-0000:00:1f.2", 0)]
    public void Rates_of_devices_in_bytes_are_parsed(string text, string path, long rate)
        => Assert.Equal(new DeviceRate { Path = path, Rate = rate }, DeviceRate.ParseBytes(text));

    [Theory]
    [InlineData("/dev/sda", "no colon")]
    [InlineData("sda:1mb", "'sda' is not a path below /dev")]
    [InlineData("/dev/:1mb", "'/dev/' is not a path below /dev")]
    [InlineData(":1mb", "'' is not a path below /dev")]
    [InlineData("/dev/sda:", "'' is not a number of bytes")]
    [InlineData("/dev/sda:-1", "'-1' is not a number of bytes")]
    [InlineData("/dev/sda:1xb", "'1xb' is not a number of bytes")]
    public void Text_that_is_no_rate_in_bytes_is_refused(string text, string reason)
        => Assert.Contains(reason, Assert.Throws<ZLayerException>(() => DeviceRate.ParseBytes(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("/dev/sda", "no colon")]
    [InlineData("/dev/sda:1k", "'1k' is not a whole number")]
    [InlineData("/dev/sda:-1", "'-1' is not a whole number")]
    [InlineData("/dev/sda:1.5", "'1.5' is not a whole number")]
    [InlineData("/dev/sda:99999999999999999999", "is not a whole number")]
    public void Text_that_is_no_rate_in_operations_is_refused(string text, string reason)
    {
        Assert.Equal("/dev/sda:1000", DeviceRate.ParseOperations("/dev/sda:1000").ToString());
        Assert.Contains(reason, Assert.Throws<ZLayerException>(() => DeviceRate.ParseOperations(text)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/dev/sda:0", 0)]
    [InlineData("/dev/sda:10", 10)]
    [InlineData("/dev/sda:1000", 1000)]
    [InlineData("/dev/sda:9", null)]
    [InlineData("/dev/sda:1001", null)]
    [InlineData("/dev/sda:-10", null)]
    [InlineData("/dev/sda:much", null)]
    [InlineData("/sda:10", null)]
    public void Weights_of_devices_are_parsed_or_refused(string text, int? weight)
    {
        if (weight is { } expected)
        {
            Assert.Equal(new DeviceWeight { Path = "/dev/sda", Weight = expected }, DeviceWeight.Parse(text));
        }
        else
        {
            Assert.Equal((ZLayerErrorKind.InvalidArgument, text), Assert.Throws<ZLayerException>(() => DeviceWeight.Parse(text)) is var error ? (error.Kind, error.Subject) : default);
        }
    }

    [Theory]
    [InlineData("80", "80/tcp")]
    [InlineData("53/UDP", "53/udp")]
    [InlineData("8000-8080/sctp", "8000-8080/sctp")]
    [InlineData("1-65535", "1-65535/tcp")]
    public void Ports_to_look_for_are_parsed(string text, string expected) => Assert.Equal(expected, PortRange.Parse(text).ToString());

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("http")]
    [InlineData("65536")]
    [InlineData("80-70")]
    [InlineData("80:80")]
    [InlineData("80/")]
    [InlineData("80/icmp")]
    public void Text_that_is_no_port_to_look_for_is_refused(string text)
        => Assert.Equal((ZLayerErrorKind.InvalidArgument, text), Assert.Throws<ZLayerException>(() => PortRange.Parse(text)) is var error ? (error.Kind, error.Subject) : default);

    [Theory]
    [InlineData("all", -1, "", "", "nvidia")]
    [InlineData("2", 2, "", "", "nvidia")]
    [InlineData("count=3,driver=AMD", 3, "", "", "amd")]
    [InlineData("device=0,1", 1, "0 1", "", "nvidia")]
    [InlineData("\"device=0,1\",capabilities=utility", 1, "0 1", "utility", "nvidia")]
    [InlineData("\"capabilities=utility,compute\"", 1, "", "utility compute", "nvidia")]
    [InlineData("device=GPU-3a23c669", 1, "GPU-3a23c669", "", "nvidia")]
    public void Gpu_requests_are_parsed(string text, int count, string devices, string capabilities, string vendor)
    {
        var request = GpuRequest.Parse(text);

        Assert.Equal((count, devices, capabilities, vendor), (request.Count, string.Join(' ', request.DeviceIds), string.Join(' ', request.Capabilities), request.Vendor));
    }

    [Theory]
    [InlineData("")]
    [InlineData("none")]
    [InlineData("0")]
    [InlineData("-2")]
    [InlineData("1,2")]
    [InlineData("count=1,device=0")]
    [InlineData("speed=high")]
    public void Text_that_is_no_gpu_request_is_refused(string text)
        => Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => GpuRequest.Parse(text)).Kind);

    [Fact]
    public void Gpu_requests_have_options()
        => Assert.Equal("b,c", GpuRequest.Parse("all,\"options=a=x,\"\"d=b,c\"\"\"").Options["d"]);

    [Theory]
    [InlineData("no", RestartCondition.No, null)]
    [InlineData("Always", RestartCondition.Always, null)]
    [InlineData("unless-stopped", RestartCondition.UnlessStopped, null)]
    [InlineData("on-failure", RestartCondition.OnFailure, null)]
    [InlineData("on-failure:3", RestartCondition.OnFailure, 3)]
    public void Restart_policies_are_parsed(string text, RestartCondition condition, int? count)
    {
        var policy = RestartPolicy.Parse(text);

        Assert.Equal(new RestartPolicy { Condition = condition, MaximumRetryCount = count }, policy);
        Assert.Equal(text.ToLowerInvariant(), policy.ToString());
    }

    [Fact]
    public void No_restart_policy_is_that_of_docker()
        => Assert.Equal(new RestartPolicy { Condition = RestartCondition.No }, RestartPolicy.Parse(""));

    [Theory]
    [InlineData(":3")]
    [InlineData("never")]
    [InlineData("always:3")]
    [InlineData("on-failure:")]
    [InlineData("on-failure:-1")]
    [InlineData("on-failure:x")]
    public void Text_that_is_no_restart_policy_is_refused(string text)
    {
        Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => RestartPolicy.Parse(text)).Kind);
        Assert.False(RestartPolicy.TryParse(text, out _));
    }

    [Theory]
    [InlineData("default", ContainerIsolation.Auto)]
    [InlineData("Process", ContainerIsolation.Process)]
    [InlineData("hyperv", ContainerIsolation.HyperV)]
    public void Isolations_have_names(string text, ContainerIsolation isolation)
    {
        Assert.Equal(isolation, IsolationName.Parse(text));
        Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => IsolationName.Parse(text + "x")).Kind);
    }

    [Theory]
    [InlineData("512", 512)]
    [InlineData("64m", 64L << 20)]
    [InlineData("1.5 GiB", 3L << 29)]
    [InlineData("2KB", 2048)]
    [InlineData(" 1t ", 1L << 40)]
    public void Sizes_are_parsed(string text, long bytes) => Assert.Equal(bytes, ByteSize.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("m")]
    [InlineData("-1")]
    [InlineData("1ib")]
    [InlineData("1x")]
    [InlineData("9999999p")]
    public void Text_that_is_no_size_is_refused(string text) => Assert.Throws<ZLayerException>(() => ByteSize.Parse(text));

    [Theory]
    [InlineData("30s", 30_000)]
    [InlineData("1h30m", 5_400_000)]
    [InlineData("500ms", 500)]
    [InlineData("7d", 604_800_000)]
    [InlineData("2w", 1_209_600_000)]
    [InlineData("90", 90_000)]
    [InlineData("1.5", 1500)]
    [InlineData("1.00:00:01", 86_401_000)]
    public void Durations_are_parsed(string text, double milliseconds) => Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), Duration.Parse(text));

    [Theory]
    [InlineData("")]
    [InlineData("-1s")]
    [InlineData("s")]
    [InlineData("1y")]
    [InlineData("-1.00:00:00")]
    [InlineData("999999999999999999w")]
    [InlineData("999999999999999999999")]
    public void Text_that_is_no_duration_is_refused(string text) => Assert.Throws<ZLayerException>(() => Duration.Parse(text));
}
