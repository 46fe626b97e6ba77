using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Docker.Mapping;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class CreateMappingTests
{
    private static readonly ApiVersion Old = new(1, 41);
    private static readonly ApiVersion New = new(1, 51);
    private static readonly Dictionary<string, string> Caller = new() { ["HOME"] = "/home/me", ["EMPTY"] = "" };

    [Fact]
    public void What_is_not_set_is_not_sent()
        => Assert.Equal(
            """{"Image":"busybox","AttachStdin":false,"AttachStdout":true,"AttachStderr":true,"OpenStdin":false,"StdinOnce":false,"Tty":false,"HostConfig":{"NetworkMode":"default","PublishAllPorts":false,"RestartPolicy":{"Name":"no"},"AutoRemove":false,"Privileged":false,"ReadonlyRootfs":false}}""",
            JsonSerializer.Serialize(Map(new() { Image = "busybox" }).Document, DocumentsJson.Default.CreateDocument));

    [Fact]
    public void The_process_is_described()
    {
        var document = Map(new()
        {
            Image = "busybox",
            EntryPoint = [],
            Command = ["a", "b c"],
            WorkingDirectory = "/w",
            User = "1:2",
            Hostname = "h",
            DomainName = "d",
            Tty = true,
            OpenStdin = true,
            StdinOnce = true,
            StopSignal = Signal.Parse("RTMIN+3"),
            StopGracePeriod = TimeSpan.FromMilliseconds(1500),
            TerminalSize = new TerminalSize(40, 120),
            Labels = new Dictionary<string, string> { ["a"] = "b" },
            Id = new ContainerId("web", 2),
            Annotations = new Dictionary<string, string> { ["x"] = "y" },
        }).Document;

        Assert.True(document is { Entrypoint: [""], Cmd: ["a", "b c"], WorkingDir: "/w", User: "1:2", Hostname: "h", Domainname: "d" });
        Assert.True(document is { Tty: true, OpenStdin: true, StdinOnce: true, AttachStdin: true, StopSignal: "SIGRTMIN+3", StopTimeout: 2 });
        Assert.Equal([40, 120], document.HostConfig.ConsoleSize);
        Assert.Equal(("b", "web-rep-2"), (document.Labels!["a"], document.Labels[ContainerId.Label]));
        Assert.Equal("y", document.HostConfig.Annotations!["x"]);
        Assert.Null(Map(new() { Image = "i", Command = [] }).Document.Cmd);
        Assert.Equal(-1, Map(new() { Image = "i", StopGracePeriod = Timeout.InfiniteTimeSpan }).Document.StopTimeout);
    }

    public static TheoryData<string, ContainerSpecification> Wrong() => new()
    {
        { "bad", new() { Image = "i", Dns = ["8.8.8.8", "bad"] } },
        { "8", new() { Image = "i", Dns = ["8"] } },
        { "1.2.3", new() { Image = "i", Dns = ["1.2.3"] } },
        { "", new() { Image = "i", Dns = [""] } },
        { "010.1.1.1", new() { Image = "i", Dns = ["010.1.1.1"] } },
        { "fe80::1%eth0", new() { Image = "i", Dns = ["fe80::1%eth0"] } },
        { "a b", new() { Image = "i", DnsSearch = ["example.com", "a b"] } },
        { "-a.com", new() { Image = "i", DnsSearch = ["-a.com"] } },
        { "a..com", new() { Image = "i", DnsSearch = ["a..com"] } },
        { "a:0x7f.1.1.1", new() { Image = "i", ExtraHosts = ["a:0x7f.1.1.1"] } },
        { "hots", new() { Image = "i", PidNamespace = "hots" } },
        { "container:", new() { Image = "i", PidNamespace = "container:" } },
        { "bad", new() { Image = "i", UserNamespace = "bad" } },
        { "shareable", new() { Image = "i", UtsNamespace = "shareable" } },
        { "Host", new() { Image = "i", CgroupNamespace = "Host" } },
        { "=x", new() { Image = "i", Labels = new Dictionary<string, string> { [""] = "x" } } },
        { " =x", new() { Image = "i", Annotations = new Dictionary<string, string> { [" "] = "x" } } },
        { "=1", new() { Image = "i", Sysctls = new Dictionary<string, string> { [""] = "1" } } },
        { "=1", new() { Image = "i", StorageOptions = new Dictionary<string, string> { [""] = "1" } } },
        { "80:80", new() { Image = "i", ExposedPorts = ["80:80"] } },
        { "127.0.0.1::80", new() { Image = "i", ExposedPorts = ["127.0.0.1::80"] } },
        { "70000", new() { Image = "i", ExposedPorts = ["70000"] } },
        { "::1", new() { Image = "i", Network = "mine", IPv4Address = "::1" } },
        { "1.2.3.4", new() { Image = "i", Network = "mine", IPv6Address = "1.2.3.4" } },
        { "somewhere", new() { Image = "i", Network = "mine", FurtherNetworks = [new NetworkSpecification { Name = "other", IPv4Address = "somewhere" }] } },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_an_engine_would_take_or_refuse_late_is_refused_by_name(string subject, ContainerSpecification specification)
    {
        var error = Assert.Throws<ZLayerException>(() => Map(specification));
        Assert.Equal((ZLayerErrorKind.InvalidArgument, subject), (error.Kind, error.Subject));
        Assert.NotNull(error.Advice);
    }

    [Fact]
    public void No_limit_of_CPUs_and_addresses_of_both_families_are_right()
    {
        var document = Map(new()
        {
            Image = "i", Limits = new() { CpuCount = 0 }, Dns = ["1.1.1.1", "2001:4860:4860::8888"], ExposedPorts = ["80", "53/udp", "8000-8001"],
            Network = "mine", IPv4Address = "172.20.0.5", IPv6Address = "2001:db8::5",
        }).Document;

        Assert.Equal(0, document.HostConfig.NanoCpus);
        Assert.Equal(["1.1.1.1", "2001:4860:4860::8888"], document.HostConfig.Dns);
        Assert.Equal(["80/tcp", "53/udp", "8000/tcp", "8001/tcp"], document.ExposedPorts!.Keys);
    }

    [Fact]
    public void A_name_is_given_or_derived()
    {
        Assert.Equal("zlayer-web-rep-2", Map(new() { Image = "i", Id = new ContainerId("web", 2) }).Name);
        Assert.Equal("mine", Map(new() { Image = "i", Id = new ContainerId("web", 2), Name = "mine" }).Name);
        Assert.Null(Map(new() { Image = "i" }).Name);
    }

    [Fact]
    public void References_take_the_callers_variables()
    {
        var mapping = Map(new() { Image = "i", Environment = new Dictionary<string, string> { ["A"] = "$E:HOME", ["B"] = "x$E:HOME", ["C"] = "$E:EMPTY" } });

        Assert.Equal(["A=/home/me", "B=x$E:HOME", "C="], mapping.Document.Env);
        Assert.Contains("EMPTY", Assert.Single(mapping.Warnings), StringComparison.Ordinal);
        Assert.Equal("NONE", Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Environment = new Dictionary<string, string> { ["A"] = "$E:NONE" } }).Subject);
        Refused(ZLayerErrorKind.OperationNotSupported, new() { Image = "i", Environment = new Dictionary<string, string> { ["A"] = "$S:db/password" } });
        Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Environment = new Dictionary<string, string> { ["A=B"] = "x" } });
    }

    [Fact]
    public void Mounts_take_the_notation_that_can_say_them()
    {
        var host = Map(new()
        {
            Image = "i",
            Mounts =
            [
                Mount("/src:/a:ro,Z,rshared"), Mount("data:/b:nocopy"), Mount("data:/c:z"), Mount("/d"), MountSpecification.ParseTmpfs("/e:size=1m,mode=1770,noexec"), Mount("type=bind,src=/src,dst=/f,readonly,bind-propagation=rslave"),
                Mount("type=volume,dst=/g,readonly"), Mount("type=volume,src=data,dst=/h,volume-driver=local,volume-opt=type=nfs,volume-label=a=b"), Mount("type=tmpfs,dst=/i"), Mount(@"\\.\pipe\x:\\.\pipe\y"), Mount("type=bind,\"src=/a:b\",dst=/j,bind-create-src"), Mount("type=image,src=busybox,dst=/k,image-subpath=bin"),
            ],
        }).Document;

        Assert.Equal(["/src:/a:ro,Z,rshared", "data:/c:z"], host.HostConfig.Binds);
        Assert.Equal(["/d"], host.Volumes!.Keys);
        Assert.Equal([new("/e", "size=1048576,mode=1770,noexec"), new("/i", "")], host.HostConfig.Tmpfs!);
        Assert.Equal(["volume:data:/b", "bind:/src:/f", "volume::/g", "volume:data:/h", @"npipe:\\.\pipe\x:\\.\pipe\y", "bind:/a:b:/j", "image:busybox:/k"], host.HostConfig.Mounts!.Select(m => $"{m.Type}:{m.Source}:{m.Target}"));
        Assert.True(host.HostConfig.Mounts![0].VolumeOptions!.NoCopy);
        Assert.True(host.HostConfig.Mounts[1] is { ReadOnly: true, BindOptions: { Propagation: "rslave", CreateMountpoint: null } });
        Assert.Equal(("local", "nfs", "b"), (host.HostConfig.Mounts[3].VolumeOptions!.DriverConfig!.Name, host.HostConfig.Mounts[3].VolumeOptions!.DriverConfig!.Options!["type"], host.HostConfig.Mounts[3].VolumeOptions!.Labels!["a"]));
        Assert.True(host.HostConfig.Mounts[5].BindOptions!.CreateMountpoint);
        Assert.Equal("bin", host.HostConfig.Mounts[6].ImageOptions!.Subpath);
    }

    [Fact]
    public void Recursion_of_binds_is_said()
    {
        BindOptionsDocument Options(string recursion) => Map(new() { Image = "i", Mounts = [Mount($"type=bind,src=/a,dst=/b,ro,bind-propagation=rprivate,bind-recursive={recursion}")] }).Document.HostConfig.Mounts![0].BindOptions!;

        Assert.True(Options("disabled").NonRecursive);
        Assert.True(Options("writable").ReadOnlyNonRecursive);
        Assert.True(Options("readonly").ReadOnlyForceRecursive);
    }

    [Fact]
    public void Mounts_that_cannot_be_are_refused()
    {
        Refused(ZLayerErrorKind.OperationNotSupported, With(new() { Kind = MountKind.S3, Source = "bucket", Target = "/a" }));
        Refused(ZLayerErrorKind.OperationNotSupported, With(new() { Kind = MountKind.Volume, Source = "data", Target = "/a", SelinuxLabel = 'z', Driver = "local" }));
        Refused(ZLayerErrorKind.InvalidArgument, With(new() { Kind = MountKind.Bind, Target = "/a" }));
        Refused(ZLayerErrorKind.InvalidArgument, With(new() { Kind = MountKind.Bind, Source = "/a", Target = "/a", Size = 1 }));
        Refused(ZLayerErrorKind.InvalidArgument, With(new() { Kind = MountKind.Tmpfs, Target = "/a", Propagation = "rshared" }));
        Refused(ZLayerErrorKind.InvalidArgument, With(new() { Kind = MountKind.Volume, Target = "/a", CreateSource = true }));
        Refused(ZLayerErrorKind.RuntimeApiTooOld, With(new() { Kind = MountKind.Bind, Source = "/a:b", Target = "/a", CreateSource = true }), Old);

        static ContainerSpecification With(MountSpecification mount) => new() { Image = "i", Mounts = [mount] };
    }

    [Fact]
    public void Networks_and_ports_are_described()
    {
        var document = Map(new()
        {
            Image = "i",
            Network = "mine",
            NetworkAliases = ["db"],
            NetworkDriverOptions = new Dictionary<string, string> { ["a"] = "b" },
            IPv4Address = "10.0.0.5",
            MacAddress = "02:42:ac:11:00:02",
            Ports = [.. PortMapping.Parse("127.0.0.1:8080:80"), .. PortMapping.Parse("[::1]:8080:80"), .. PortMapping.Parse("9000-9010:53/udp"), .. PortMapping.Parse("443")],
            ExposedPorts = ["70-71/sctp", "80"],
            PublishAllPorts = true,
            Dns = ["1.1.1.1"],
            DnsSearch = ["example"],
            DnsOptions = ["ndots:1"],
            ExtraHosts = ["a:10.0.0.1", "b=[::1]", "c:host-gateway"],
        }).Document;

        Assert.Equal("mine", document.HostConfig.NetworkMode);
        Assert.Equal(["mine"], document.NetworkingConfig!.EndpointsConfig.Keys);
        Assert.True(document.NetworkingConfig.EndpointsConfig["mine"] is { Aliases: ["db"], IPAMConfig.IPv4Address: "10.0.0.5", MacAddress: "02:42:ac:11:00:02" });
        Assert.Equal("b", document.NetworkingConfig.EndpointsConfig["mine"].DriverOpts!["a"]);
        Assert.Null(document.MacAddress);
        Assert.Equal(["443/tcp", "53/udp", "70/sctp", "71/sctp", "80/tcp"], document.ExposedPorts!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal([new("127.0.0.1", "8080"), new("::1", "8080")], document.HostConfig.PortBindings!["80/tcp"]);
        Assert.Equal([new("", "9000-9010")], document.HostConfig.PortBindings["53/udp"]);
        Assert.Equal([new("", "")], document.HostConfig.PortBindings["443/tcp"]);
        Assert.Equal(["a:10.0.0.1", "b:::1", "c:host-gateway"], document.HostConfig.ExtraHosts);
        Assert.True(document.HostConfig is { PublishAllPorts: true, Dns: ["1.1.1.1"], DnsSearch: ["example"], DnsOptions: ["ndots:1"] });
    }

    [Fact]
    public void Further_networks_are_told_at_the_creation_or_afterwards()
    {
        var specification = new ContainerSpecification
        {
            Image = "i",
            Network = "front",
            NetworkAliases = ["web"],
            FurtherNetworks = [NetworkSpecification.Parse("name=back,alias=api,ip=10.0.0.7"), NetworkSpecification.Parse("side")],
        };

        var whole = Map(specification, New);
        Assert.Equal(["back", "front", "side"], whole.Document.NetworkingConfig!.EndpointsConfig.Keys.Order(StringComparer.Ordinal));
        Assert.True(whole.Document.NetworkingConfig.EndpointsConfig["back"] is { Aliases: ["api"], IPAMConfig.IPv4Address: "10.0.0.7" });
        Assert.Empty(whole.LaterNetworks);

        var parts = Map(specification, Old);
        Assert.Equal(["front"], parts.Document.NetworkingConfig!.EndpointsConfig.Keys);
        Assert.Equal(["back", "side"], parts.LaterNetworks.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("host", "mine")]
    [InlineData("mine", "none")]
    [InlineData("mine", "container:other")]
    [InlineData("mine", "mine")]
    public void Networks_that_exclude_each_other_are_refused(string network, string further)
        => Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Network = network, FurtherNetworks = [new() { Name = further }] });

    [Fact]
    public void A_fixed_hardware_address_goes_where_the_engine_looks_for_it()
    {
        var specification = new ContainerSpecification { Image = "i", MacAddress = "02:42:ac:11:00:02" };

        Assert.Equal("02:42:ac:11:00:02", Map(specification, Old).Document.MacAddress);
        Assert.Equal("02:42:ac:11:00:02", Map(specification, New).Document.NetworkingConfig!.EndpointsConfig["default"].MacAddress);
    }

    [Theory]
    [InlineData("host", "host")]
    [InlineData("none", "none")]
    [InlineData("bridge", "bridge")]
    [InlineData("bridge:mine", "mine")]
    [InlineData("container:other", "container:other")]
    [InlineData(null, "default")]
    public void Network_modes_are_the_engines(string? network, string mode)
    {
        Assert.Equal(mode, Map(new() { Image = "i", Network = network }).Document.HostConfig.NetworkMode);
        if (mode != "mine")
        {
            Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Network = network, NetworkAliases = ["a"] });
            Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Network = network, IPv4Address = "10.0.0.1" });
        }
    }

    [Fact]
    public void Security_is_described()
    {
        var host = Map(new()
        {
            Image = "i",
            AddCapabilities = ["net_admin", "CAP_SYS_TIME", "NET_ADMIN"],
            DropCapabilities = ["all"],
            Privileged = true,
            SecurityOptions = ["no-new-privileges", "systempaths=unconfined", "seccomp={}"],
            ReadOnlyRootFileSystem = true,
            UserNamespace = "host",
            PidNamespace = "host",
            IpcNamespace = "shareable",
            UtsNamespace = "host",
            CgroupNamespace = "private",
            CgroupParent = "/p",
            ExtraGroups = ["audio", "5"],
            Sysctls = new Dictionary<string, string> { ["net.core.somaxconn"] = "5" },
            Ulimits = [new Ulimit("NOFILE", 1, 2), new Ulimit("core", -1, -1)],
        }).Document.HostConfig;

        Assert.True(host is { CapAdd: ["NET_ADMIN", "SYS_TIME"], CapDrop: ["ALL"], SecurityOpt: ["no-new-privileges", "seccomp={}"], MaskedPaths: [], ReadonlyPaths: [] });
        Assert.True(host is { Privileged: true, ReadonlyRootfs: true, UsernsMode: "host", PidMode: "host", IpcMode: "shareable", UTSMode: "host", CgroupnsMode: "private", CgroupParent: "/p", GroupAdd: ["audio", "5"] });
        Assert.Equal([new("core", -1, -1), new("nofile", 1, 2)], host.Ulimits);
        Assert.Equal("5", host.Sysctls!["net.core.somaxconn"]);
    }

    [Fact]
    public void Limits_are_described()
    {
        var host = Map(new()
        {
            Image = "i",
            ShmSize = 1,
            Limits = new ResourceLimits
            {
                Memory = 2, MemorySwap = -1, MemoryReservation = 3, MemorySwappiness = 4, OomScoreAdjustment = 5, OomKillDisable = true, CpuCount = 1.5m, CpuShares = 6,
                CpuRealtimePeriod = 7, CpuRealtimeRuntime = 8, CpusetCpus = "0", CpusetMems = "1", Pids = 9, BlockIOWeight = 10, KernelMemory = 11,
            },
        }, Old).Document.HostConfig;

        Assert.True(host is { ShmSize: 1, Memory: 2, MemorySwap: -1, MemoryReservation: 3, MemorySwappiness: 4, OomScoreAdj: 5, OomKillDisable: true, NanoCpus: 1_500_000_000, CpuShares: 6 });
        Assert.True(host is { CpuRealtimePeriod: 7, CpuRealtimeRuntime: 8, CpusetCpus: "0", CpusetMems: "1", PidsLimit: 9, BlkioWeight: 10, KernelMemory: 11 });
        Assert.True(Map(new() { Image = "i", Limits = new ResourceLimits { CpuPeriod = 1, CpuQuota = -1 } }).Document.HostConfig is { CpuPeriod: 1, CpuQuota: -1 });
        Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Limits = new ResourceLimits { CpuCount = 1, CpuQuota = 1 } });
        Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Limits = new ResourceLimits { CpuCount = -1 } });
        Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Limits = new ResourceLimits { BlockIOWeight = 5 } });
        Assert.Equal("KernelMemory", Refused(ZLayerErrorKind.OperationNotSupported, new() { Image = "i", Limits = new ResourceLimits { KernelMemory = 1 } }).Subject);
    }

    [Fact]
    public void Limits_on_devices_are_described()
    {
        var limits = new ResourceLimits
        {
            DeviceWeights = [DeviceWeight.Parse("/dev/a:10"), DeviceWeight.Parse("/dev/b:0")],
            DeviceReadBytes = [DeviceRate.ParseBytes("/dev/a:1mb")],
            DeviceWriteBytes = [DeviceRate.ParseBytes("/dev/b:2")],
            DeviceReadOperations = [DeviceRate.ParseOperations("/dev/c:3")],
            DeviceWriteOperations = [DeviceRate.ParseOperations("/dev/d:4"), DeviceRate.ParseOperations("/dev/e:5")],
        };

        Assert.Contains(
            """
            "BlkioWeightDevice":[{"Path":"/dev/a","Weight":10},{"Path":"/dev/b","Weight":0}],"BlkioDeviceReadBps":[{"Path":"/dev/a","Rate":1048576}],"BlkioDeviceWriteBps":[{"Path":"/dev/b","Rate":2}],"BlkioDeviceReadIOps":[{"Path":"/dev/c","Rate":3}],"BlkioDeviceWriteIOps":[{"Path":"/dev/d","Rate":4},{"Path":"/dev/e","Rate":5}]
            """,
            JsonSerializer.Serialize(Map(new() { Image = "i", Limits = limits }).Document, DocumentsJson.Default.CreateDocument),
            StringComparison.Ordinal);
        var heavy = Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Limits = new ResourceLimits { DeviceWeights = [new() { Path = "/dev/a", Weight = 5 }] } });
        Assert.Equal("The limit DeviceWeights is from 10 to 1000; for /dev/a it is 5.", heavy.Message);
        Assert.Equal("DeviceReadBytes", Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Limits = new ResourceLimits { DeviceReadBytes = [new() { Path = "/dev/a", Rate = -1 }] } }).Subject);
        Assert.Equal("DeviceWriteOperations", Assert.Throws<ZLayerException>(() => LimitsMapping.CheckUpdate(new ResourceLimits { DeviceWriteOperations = limits.DeviceWriteOperations })).Subject);
        Assert.True(new ContainerUpdate { Limits = new ResourceLimits { DeviceWeights = [], DeviceReadBytes = new List<DeviceRate>() } }.IsEmpty);
    }

    [Fact]
    public void Devices_and_gpus_are_described()
    {
        var host = Map(new()
        {
            Image = "i",
            Devices = [DeviceMapping.Parse("/dev/a:/dev/b:r"), DeviceMapping.Parse("/dev/c"), DeviceMapping.Parse("vendor.com/thing=1")],
            DeviceCgroupRules = ["c 1:3 rwm"],
            Gpu = GpuRequest.Parse("all,capabilities=utility"),
        }).Document;

        Assert.Equal([new("/dev/a", "/dev/b", "r"), new("/dev/c", "/dev/c", "rwm")], host.HostConfig.Devices);
        Assert.Equal(["c 1:3 rwm"], host.HostConfig.DeviceCgroupRules);
        Assert.True(host.HostConfig.DeviceRequests is [{ Driver: "nvidia", Count: -1, Capabilities: [["utility", "gpu"]] }, { Driver: "cdi", Count: 0, DeviceIDs: ["vendor.com/thing=1"] }]);
        Assert.Null(host.Env);
    }

    [Theory]
    [InlineData("device=2,3", "CUDA_VISIBLE_DEVICES=0,1")]
    [InlineData("device=GPU-1,GPU-2", "CUDA_VISIBLE_DEVICES=GPU-1,GPU-2")]
    [InlineData("3", "CUDA_VISIBLE_DEVICES=0,1,2")]
    [InlineData("driver=amd,device=1", "ROCR_VISIBLE_DEVICES=0 HIP_VISIBLE_DEVICES=0", "/dev/kfd /dev/dri/renderD129 /dev/dri/card1")]
    [InlineData("driver=amd,count=2", "ROCR_VISIBLE_DEVICES=0,1 HIP_VISIBLE_DEVICES=0,1", "/dev/kfd /dev/dri/renderD128 /dev/dri/card0 /dev/dri/renderD129 /dev/dri/card1")]
    [InlineData("driver=amd,count=all", "", "/dev/kfd /dev/dri")]
    [InlineData("driver=intel,device=0", "ZE_AFFINITY_MASK=0", "/dev/dri/renderD128 /dev/dri/card0")]
    public void Gpus_are_seen_by_libraries_as_they_count_inside(string request, string variables, string devices = "")
    {
        var document = Map(new() { Image = "i", Gpu = GpuRequest.Parse(request), User = "1000" }).Document;

        Assert.Equal(variables, string.Join(' ', document.Env ?? []));
        Assert.Equal(devices, string.Join(' ', (document.HostConfig.Devices ?? []).Select(device => device.PathInContainer)));
        Assert.Equal(devices.Length == 0 ? null : ["video"], document.HostConfig.GroupAdd);
        Assert.Equal(["HIP_VISIBLE_DEVICES=7"], Map(new() { Image = "i", Gpu = GpuRequest.Parse("driver=amd,device=0"), Environment = new Dictionary<string, string> { ["HIP_VISIBLE_DEVICES"] = "7" } }).Document.Env!.Where(v => v.StartsWith("HIP", StringComparison.Ordinal)));
    }

    [Fact]
    public void Gpus_of_unknown_vendors_and_nodes_with_options_are_refused()
    {
        Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Gpu = new GpuRequest { Vendor = "apple" } });
        Refused(ZLayerErrorKind.OperationNotSupported, new() { Image = "i", Gpu = new GpuRequest { Vendor = "amd", Capabilities = ["utility"] } });
        Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Gpu = new GpuRequest { Vendor = "intel", DeviceIds = ["GPU-1"] } });
    }

    [Fact]
    public void Restarts_health_and_logs_are_described()
    {
        var document = Map(new()
        {
            Image = "i",
            RestartPolicy = RestartPolicy.Parse("on-failure:3"),
            AutoRemove = true,
            Init = false,
            HealthCheck = new HealthCheck { Interval = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(2), StartPeriod = TimeSpan.FromSeconds(3), StartInterval = TimeSpan.FromSeconds(4), Retries = 5 },
            Logs = new LogConfiguration { Driver = "json-file", Options = new Dictionary<string, string> { ["tag"] = "t" }, MaximumSize = 1024, MaximumFiles = 3 },
            StorageOptions = new Dictionary<string, string> { ["size"] = "1G" },
            OciRuntime = "runc",
            Isolation = ContainerIsolation.HyperV,
            VolumesFrom = ["other:ro"],
        }).Document;

        Assert.Equal(new RestartPolicyDocument("on-failure", 3), document.HostConfig.RestartPolicy);
        Assert.True(document.HostConfig is { AutoRemove: true, Init: false, Runtime: "runc", Isolation: "hyperv", VolumesFrom: ["other:ro"] });
        Assert.True(document.Healthcheck is { Test: null, Interval: 1_000_000_000, Timeout: 2_000_000_000, StartPeriod: 3_000_000_000, StartInterval: 4_000_000_000, Retries: 5 });
        Assert.Equal(["NONE"], Map(new() { Image = "i", HealthCheck = HealthCheck.Disabled }).Document.Healthcheck!.Test);
        Assert.Equal(("json-file", "t", "1024", "3"), (document.HostConfig.LogConfig!.Type, document.HostConfig.LogConfig.Config!["tag"], document.HostConfig.LogConfig.Config["max-size"], document.HostConfig.LogConfig.Config["max-file"]));
        Assert.Equal("1G", document.HostConfig.StorageOpt!["size"]);
        Refused(ZLayerErrorKind.InvalidArgument, new() { Image = "i", Logs = new LogConfiguration { Driver = "none", MaximumFiles = 1 } });
    }

    [Fact]
    public void What_an_old_engine_would_leave_out_is_refused_by_name()
    {
        (string Setting, ContainerSpecification Specification)[] settings =
        [
            ("Annotations", new() { Image = "i", Annotations = new Dictionary<string, string> { ["a"] = "b" } }),
            ("StartInterval", new() { Image = "i", HealthCheck = new HealthCheck { StartInterval = TimeSpan.FromSeconds(1) } }),
            ("Recursion", new() { Image = "i", Mounts = [new() { Kind = MountKind.Bind, Source = "/a", Target = "/b", ReadOnly = true, Recursion = "writable" }] }),
            ("Subpath", new() { Image = "i", Mounts = [new() { Kind = MountKind.Volume, Source = "a", Target = "/b", Subpath = "c" }] }),
            ("Mounts (image)", new() { Image = "i", Mounts = [new() { Kind = MountKind.Image, Source = "a", Target = "/b" }] }),
        ];
        foreach (var (setting, specification) in settings)
        {
            Assert.Equal(setting, Refused(ZLayerErrorKind.RuntimeApiTooOld, specification, Old).Subject);
            Map(specification, New);
        }

        Refused(ZLayerErrorKind.RuntimeApiTooOld, new() { Image = "i", Platform = Platform.Parse("linux/arm64") }, new ApiVersion(1, 40));
        Refused(ZLayerErrorKind.RuntimeApiTooOld, new() { Image = "i", CgroupNamespace = "private" }, new ApiVersion(1, 40));
        Assert.Null(Map(new() { Image = "i", Tty = true, TerminalSize = new TerminalSize(1, 1) }, Old).Document.HostConfig.ConsoleSize);
    }

    private static MountSpecification Mount(string text) => MountSpecification.Parse(text, "/");

    private static CreateMapping Map(ContainerSpecification specification, ApiVersion? api = null) => new(specification, api ?? New, Caller);

    private static ZLayerException Refused(ZLayerErrorKind kind, ContainerSpecification specification, ApiVersion? api = null)
    {
        var error = Assert.Throws<ZLayerException>(() => Map(specification, api));
        Assert.Equal(kind, error.Kind);
        return error;
    }
}
