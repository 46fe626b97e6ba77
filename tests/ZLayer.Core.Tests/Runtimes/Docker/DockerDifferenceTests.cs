using System.Text.Json;
using System.Text.Json.Nodes;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>
/// A container that ZLayer makes is the one that docker's own command line makes of the equivalent flags: the engine's whole record of both is
/// compared, but for ids, times and the notations of mounts that mean the same.
/// </summary>
public sealed class DockerDifferenceTests(DockerEngineFixture docker) : EngineTest(docker)
{
    private const string OtherRecord = "what Podman keeps of a container depends on who asks for it";

    private static readonly Dictionary<string, (string Flags, Func<ContainerSpecification, ContainerSpecification> Change, int Api)> Cases = new(StringComparer.Ordinal)
    {
        ["nothing"] = ("", s => s, 0),
        ["process"] = ("-w /tmp -u 1000:1000 -e A=1 -e B=x=y -h host --domainname example --stop-signal SIGINT --stop-timeout 7", s => s with
        {
            WorkingDirectory = "/tmp", User = "1000:1000", Environment = Pairs("A=1", "B=x=y"), Hostname = "host", DomainName = "example", StopSignal = Signal.Interrupt, StopGracePeriod = TimeSpan.FromSeconds(7),
        }, 0),
        ["entry point"] = ("--entrypoint /bin/ls", s => s with { EntryPoint = ["/bin/ls"] }, 0),
        ["no entry point"] = ("--entrypoint=", s => s with { EntryPoint = [] }, 0),
        ["labels"] = ("-l a=b -l c", s => s with { Labels = Pairs("a=b", "c=") }, 0),
        ["interactive terminal"] = ("-i -t", s => s with { Tty = true, OpenStdin = true, StdinOnce = true }, 0),
        ["ports"] = ("-p 8080:80 -p 127.0.0.1:8081:81/udp -p 82 -p 7000-7002:90-92 -p 9000-9010:95 --expose 100 --expose 110-112/udp -P", s => s with
        {
            Ports = [.. ((string[])["8080:80", "127.0.0.1:8081:81/udp", "82", "7000-7002:90-92", "9000-9010:95"]).SelectMany(PortMapping.Parse)],
            ExposedPorts = ["100", "110-112/udp"], PublishAllPorts = true,
        }, 0),
        ["binds"] = ("-v /etc:/a -v /etc:/b:ro -v /etc:/c:ro,z,rslave", s => s with { Mounts = Mounts("/etc:/a", "/etc:/b:ro", "/etc:/c:ro,z,rslave") }, 0),
        ["bind mounts"] = ("--mount type=bind,source=/etc,target=/a,readonly,bind-propagation=rprivate", s => s with { Mounts = Mounts("type=bind,source=/etc,target=/a,readonly,bind-propagation=rprivate") }, 0),
        ["volumes"] = ("-v life-diff:/a -v life-diff:/b:ro,nocopy -v /c", s => s with { Mounts = Mounts("life-diff:/a", "life-diff:/b:ro,nocopy", "/c") }, 0),
        ["volume mounts"] = ("--mount type=volume,source=life-diff,target=/a,volume-nocopy --mount type=volume,source=life-diff,target=/b,readonly", s => s with
        {
            Mounts = Mounts("type=volume,source=life-diff,target=/a,volume-nocopy", "type=volume,source=life-diff,target=/b,readonly"),
        }, 0),
        ["tmpfs"] = ("--tmpfs /a --tmpfs /b:size=1m,mode=1770,noexec", s => s with { Mounts = [MountSpecification.ParseTmpfs("/a"), MountSpecification.ParseTmpfs("/b:size=1m,mode=1770,noexec")] }, 0),
        ["tmpfs mounts"] = ("--mount type=tmpfs,target=/a,tmpfs-size=1m,tmpfs-mode=1770", s => s with { Mounts = Mounts("type=tmpfs,target=/a,tmpfs-size=1m,tmpfs-mode=1770") }, 0),
        ["host network"] = ("--network host", s => s with { Network = "host" }, 0),
        ["names"] = ("--dns 1.1.1.1 --dns-search example --dns-option ndots:1 --add-host a:10.0.0.1 --add-host b:::1", s => s with
        {
            Dns = ["1.1.1.1"], DnsSearch = ["example"], DnsOptions = ["ndots:1"], ExtraHosts = ["a:10.0.0.1", "b:[::1]"],
        }, 0),
        ["capabilities"] = ("--cap-add NET_ADMIN --cap-add CAP_SYS_TIME --cap-drop ALL", s => s with { AddCapabilities = ["net_admin", "CAP_SYS_TIME"], DropCapabilities = ["ALL"] }, 0),
        ["privileged"] = ("--privileged", s => s with { Privileged = true }, 0),
        ["security"] = ("--security-opt no-new-privileges --security-opt seccomp=unconfined --read-only", s => s with { SecurityOptions = ["no-new-privileges", "seccomp=unconfined"], ReadOnlyRootFileSystem = true }, 0),
        ["system paths"] = ("--security-opt systempaths=unconfined", s => s with { SecurityOptions = ["systempaths=unconfined"] }, 0),
        ["namespaces"] = ("--pid host --ipc shareable --uts host --userns host", s => s with { PidNamespace = "host", IpcNamespace = "shareable", UtsNamespace = "host", UserNamespace = "host" }, 0),
        ["groups"] = ("--group-add video --group-add 5", s => s with { ExtraGroups = ["video", "5"] }, 0),
        ["kernel"] = ("--sysctl net.ipv4.ip_forward=1 --ulimit nofile=10:20 --ulimit core=-1", s => s with { Sysctls = Pairs("net.ipv4.ip_forward=1"), Ulimits = [Ulimit.Parse("nofile=10:20"), Ulimit.Parse("core=-1")] }, 0),
        ["memory"] = ("-m 64m --memory-swap 128m --memory-reservation 32m --memory-swappiness 10 --shm-size 2m", s => s with
        {
            ShmSize = ByteSize.Parse("2m"), Limits = new ResourceLimits { Memory = 64 << 20, MemorySwap = 128 << 20, MemoryReservation = 32 << 20, MemorySwappiness = 10 },
        }, 0),
        ["out of memory"] = ("--oom-score-adj 100 --oom-kill-disable -m 64m", s => s with { Limits = new ResourceLimits { OomScoreAdjustment = 100, OomKillDisable = true, Memory = 64 << 20 } }, 0),
        ["cpus"] = ("--cpus 0.5 --cpu-shares 512 --cpuset-cpus 0", s => s with { Limits = new ResourceLimits { CpuCount = 0.5m, CpuShares = 512, CpusetCpus = "0" } }, 0),
        ["cpu quota"] = ("--cpu-period 50000 --cpu-quota 25000 --cpuset-mems 0", s => s with { Limits = new ResourceLimits { CpuPeriod = 50000, CpuQuota = 25000, CpusetMems = "0" } }, 0),
        ["processes and blocks"] = ("--pids-limit 50 --blkio-weight 300", s => s with { Limits = new ResourceLimits { Pids = 50, BlockIOWeight = 300 } }, 0),
        ["blocks of devices"] = ("--device-read-bps /dev/loop0:1mb --device-read-bps /dev/loop1:512 --device-write-bps /dev/loop0:2gb --device-read-iops /dev/loop0:100 --device-write-iops /dev/loop0:200 --blkio-weight-device /dev/loop0:300", s => s with
        {
            Limits = new ResourceLimits
            {
                DeviceReadBytes = [DeviceRate.ParseBytes("/dev/loop0:1mb"), DeviceRate.ParseBytes("/dev/loop1:512")], DeviceWriteBytes = [DeviceRate.ParseBytes("/dev/loop0:2gb")],
                DeviceReadOperations = [DeviceRate.ParseOperations("/dev/loop0:100")], DeviceWriteOperations = [DeviceRate.ParseOperations("/dev/loop0:200")],
                DeviceWeights = [DeviceWeight.Parse("/dev/loop0:300")],
            },
        }, 0),
        ["devices"] = ("--device /dev/null --device /dev/zero:/dev/nought:r --device-cgroup-rule 'c 1:3 rwm'", s => s with
        {
            Devices = [DeviceMapping.Parse("/dev/null"), DeviceMapping.Parse("/dev/zero:/dev/nought:r")], DeviceCgroupRules = ["c 1:3 rwm"],
        }, 0),
        ["gpus"] = ("--gpus driver=nvidia,count=all", s => s with { Gpu = GpuRequest.Parse("all") }, 0),
        ["gpus by number"] = ("--gpus 'driver=nvidia,\"device=0,1\",\"capabilities=utility\"' -e CUDA_VISIBLE_DEVICES=0,1", s => s with { Gpu = GpuRequest.Parse("\"device=0,1\",capabilities=utility") }, 0),
        ["init"] = ("--init", s => s with { Init = true }, 0),
        ["restart"] = ("--restart on-failure:3", s => s with { RestartPolicy = RestartPolicy.Parse("on-failure:3") }, 0),
        ["always again"] = ("--restart unless-stopped", s => s with { RestartPolicy = RestartPolicy.Parse("unless-stopped") }, 0),
        ["removed at its end"] = ("--rm", s => s with { AutoRemove = true }, 0),
        ["health"] = ("--health-cmd 'test -f /x' --health-interval 5s --health-timeout 3s --health-retries 4 --health-start-period 10s", s => s with
        {
            HealthCheck = HealthCheck.FromShell("test -f /x") with { Interval = Duration.Parse("5s"), Timeout = Duration.Parse("3s"), Retries = 4, StartPeriod = Duration.Parse("10s") },
        }, 0),
        ["no health"] = ("--no-healthcheck", s => s with { HealthCheck = HealthCheck.Disabled }, 0),
        ["logs"] = ("--log-driver json-file --log-opt max-size=1048576 --log-opt max-file=3 --log-opt labels=a", s => s with
        {
            Logs = new LogConfiguration { Driver = "json-file", MaximumSize = 1 << 20, MaximumFiles = 3, Options = Pairs("labels=a") },
        }, 0),
        ["log size of the default driver"] = ("--log-opt max-size=1048576", s => s with { Logs = new LogConfiguration { MaximumSize = 1 << 20 } }, 0),
        ["cgroups and runtime"] = ("--cgroup-parent /life --cgroupns private --runtime runc", s => s with { CgroupParent = "/life", CgroupNamespace = "private", OciRuntime = "runc" }, 0),
        ["platform"] = ("--platform linux/amd64", s => s with { Platform = Core.Oci.Platform.Parse("linux/amd64") }, 0),
        ["annotations"] = ("--annotation a=b", s => s with { Annotations = Pairs("a=b") }, 43),
        ["health at the start"] = ("--health-cmd true --health-start-interval 2s", s => s with { HealthCheck = HealthCheck.FromShell("true") with { StartInterval = TimeSpan.FromSeconds(2) } }, 44),
        ["recursion"] = ("--mount type=bind,source=/etc,target=/a,readonly,bind-recursive=writable", s => s with { Mounts = Mounts("type=bind,source=/etc,target=/a,readonly,bind-recursive=writable") }, 44),
        ["part of a volume"] = ("--mount type=volume,source=life-diff,target=/a,volume-subpath=x", s => s with { Mounts = Mounts("type=volume,source=life-diff,target=/a,volume-subpath=x") }, 45),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [SkippableTheory]
    [MemberData(nameof(Names))]
    public async Task Containers_are_those_of_the_docker_command_line(string name)
    {
        Skip.If(IsPodman, OtherRecord);
        var (flags, change, api) = Cases[name];
        Skip.If(Api < new ApiVersion(1, api), $"the engine's API {Api} is older than 1.{api}");
        Skip.If(name == "platform" && System.Runtime.InteropServices.RuntimeInformation.OSArchitecture != System.Runtime.InteropServices.Architecture.X64, "the image is for another platform");
        var (theirs, ours) = (NewName(), NewName());
        var network = name == "host network" ? [] : (string[])["--network", "none"];
        var created = await Docker.RunAsync(["create", "--name", theirs, .. network, .. Words(flags), Image, "sh", "-c", "true"]);
        Skip.If(created.ExitCode == 125 && created.Error.Contains("unknown flag", StringComparison.Ordinal), "this docker command does not know the flag");
        Assert.True(created.ExitCode == 0, created.Error);

        await CreateAsync(change(Shell(ours, "true")));

        Assert.Equal(await RecordAsync(theirs), await RecordAsync(ours));
    }

    [SkippableFact]
    public async Task Networks_of_ones_own_are_joined_as_the_docker_command_line_joins_them()
    {
        Skip.If(IsPodman, OtherRecord);
        var network = "life-net-" + Guid.NewGuid().ToString("N")[..6];
        var made = await Docker.RunAsync("network", "create", "--subnet", "10.213.7.0/24", network);
        Skip.If(made.ExitCode != 0, "the engine cannot make networks here: " + made.Error);
        try
        {
            var (theirs, ours) = (NewName(), NewName());
            // The new command line insists on the new place of hardware addresses, which old engines do not know.
            var hasMac = Api >= new ApiVersion(1, 44);
            var mac = hasMac ? ["--mac-address", "02:42:ac:11:00:09"] : (string[])[];
            _ = (await Docker.RunAsync(["create", "--name", theirs, "--network", network, "--network-alias", "db", "--ip", "10.213.7.9", .. mac, Image, "sh", "-c", "true"])).Text;
            await CreateAsync(Shell(ours, "true") with { Network = network, NetworkAliases = ["db"], IPv4Address = "10.213.7.9", MacAddress = hasMac ? "02:42:ac:11:00:09" : null });

            Assert.Equal(await RecordAsync(theirs), await RecordAsync(ours));
            await Runtime.RemoveContainerAsync(theirs, new ContainerRemoveOptions());
            await Runtime.StartContainerAsync(ours);
            await Runtime.WaitContainerAsync(ours);
            await Runtime.RemoveContainerAsync(ours, new ContainerRemoveOptions());
        }
        finally
        {
            await Docker.RunAsync("network", "rm", network);
        }
    }

    [SkippableFact]
    public async Task Several_networks_are_joined_as_the_docker_command_line_joins_them()
    {
        Skip.If(IsPodman, OtherRecord);
        var (front, back) = ("life-net-" + Guid.NewGuid().ToString("N")[..6], "life-net-" + Guid.NewGuid().ToString("N")[..6]);
        var made = await Docker.RunAsync("network", "create", "--subnet", "10.213.8.0/24", front);
        Skip.If(made.ExitCode != 0, "the engine cannot make networks here: " + made.Error);
        _ = (await Docker.RunAsync("network", "create", "--subnet", "10.213.9.0/24", back)).Text;
        try
        {
            var (theirs, ours) = (NewName(), NewName());
            string[] networks = ["--network", $"name={front},alias=web", "--network", $"name={back},alias=api,ip=10.213.9.7"];
            var created = await Docker.RunAsync(["create", "--name", theirs, .. networks, Image, "sh", "-c", "true"]);
            await CreateAsync(Shell(ours, "true") with
            {
                Network = front, NetworkAliases = ["web"], FurtherNetworks = [NetworkSpecification.Parse($"name={back},alias=api,ip=10.213.9.7")],
            });

            // With an engine before API 1.44, docker's command line refuses what ZLayer asks for afterwards.
            if (created.ExitCode == 0)
            {
                Assert.Equal(await RecordAsync(theirs), await RecordAsync(ours));
                await Runtime.RemoveContainerAsync(theirs, new ContainerRemoveOptions());
            }

            Assert.Equal([back, front], (await Runtime.InspectContainerAsync(ours)).Networks.OrderBy(network => network == front));
            await Runtime.StartContainerAsync(ours);
            Assert.Equal(0, await Runtime.WaitContainerAsync(ours));

            // Engines look for networks at the start.
            var lost = NewName();
            await CreateAsync(Shell(lost, "true") with { Network = front, FurtherNetworks = [new() { Name = "life-net-missing" }] });
            var missing = await Assert.ThrowsAsync<ZLayerException>(() => Runtime.StartContainerAsync(lost));
            Assert.Contains("life-net-missing", missing.Message, StringComparison.Ordinal);
            await Runtime.RemoveContainerAsync(ours, new ContainerRemoveOptions());
            await Runtime.RemoveContainerAsync(lost, new ContainerRemoveOptions());
        }
        finally
        {
            await Docker.RunAsync("network", "rm", front, back);
        }
    }

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await Docker.RunAsync("volume", "rm", "-f", "life-diff");
    }

    /// <summary>The engine's record without what differs between any two containers, and without what is not set.</summary>
    private async Task<string> RecordAsync(string container)
    {
        var record = JsonNode.Parse((await Docker.RunAsync("inspect", container)).Text)![0]!.AsObject();
        var host = record["HostConfig"]!.AsObject();
        var config = record["Config"]!.AsObject();
        if (config["Hostname"]!.GetValue<string>() == record["Id"]!.GetValue<string>()[..12])
        {
            config.Remove("Hostname");
        }

        // The order of variables is by chance: one engine keeps them in a map.
        config["Env"] = new JsonArray([.. (config["Env"] as JsonArray ?? []).Select(entry => entry!.GetValue<string>()).Order(StringComparer.Ordinal).Select(entry => JsonValue.Create(entry))]);

        // The command line asks for its own terminal's size.
        host.Remove("ConsoleSize");
        host["mounts"] = new JsonArray([.. MountsOf(host).Order(StringComparer.Ordinal).Select(mount => JsonValue.Create(mount))]);
        foreach (var capabilities in (string[])["CapAdd", "CapDrop"])
        {
            // Command lines before 28 hand names over as they are written.
            host[capabilities] = new JsonArray([.. (host[capabilities] as JsonArray ?? []).Select(name => JsonValue.Create(name!.GetValue<string>().Replace("CAP_", "", StringComparison.Ordinal)))]);
        }

        foreach (var notation in (string[])["Binds", "Mounts", "Tmpfs"])
        {
            host.Remove(notation);
        }

        var endpoints = record["NetworkSettings"]!["Networks"]!.DeepClone();
        foreach (var endpoint in endpoints.AsObject().Select(pair => pair.Value!.AsObject()))
        {
            foreach (var own in (string[])["NetworkID", "EndpointID", "DNSNames"])
            {
                endpoint.Remove(own);
            }

            // The engine adds the id to the aliases.
            endpoint["Aliases"] = new JsonArray([.. (endpoint["Aliases"] as JsonArray ?? []).Select(alias => alias!.GetValue<string>()).Where(alias => !record["Id"]!.GetValue<string>().StartsWith(alias, StringComparison.Ordinal)).Select(alias => JsonValue.Create(alias))]);
        }

        // A tmpfs is among the mounts in one notation and not in the other.
        var points = record["Mounts"]!.AsArray().Where(point => point!["Type"]!.GetValue<string>() != "tmpfs").Select(Point).Order(StringComparer.Ordinal);
        var kept = new JsonObject
        {
            ["Config"] = config.DeepClone(), ["HostConfig"] = host.DeepClone(), ["Networks"] = endpoints, ["Mounts"] = new JsonArray([.. points.Select(point => JsonValue.Create(point))]),
            ["Platform"] = record["Platform"]!.DeepClone(), ["Path"] = record["Path"]!.DeepClone(), ["Args"] = record["Args"]!.DeepClone(),
        };
        return Bare(kept)!.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }

    private static string Point(JsonNode? point)
    {
        var isAnonymous = point!["Name"]?.GetValue<string>() is { Length: 64 };
        return $"{point["Type"]} {(isAnonymous ? "" : point["Source"])} {point["Destination"]} {point["RW"]} {point["Propagation"]}";
    }

    private static IEnumerable<string> MountsOf(JsonObject host)
    {
        foreach (var bind in host["Binds"] as JsonArray ?? [])
        {
            var parts = bind!.GetValue<string>().Split(':');
            yield return $"{(parts[0][0] == '/' ? "bind" : "volume")} {parts[0]} {parts[1]} {string.Join(',', (parts.Length > 2 ? parts[2] : "").Split(',').Order(StringComparer.Ordinal))}";
        }

        foreach (var tmpfs in host["Tmpfs"] as JsonObject ?? [])
        {
            yield return $"tmpfs  {tmpfs.Key} {string.Join(',', tmpfs.Value!.GetValue<string>().Replace("size=1m", "size=1048576", StringComparison.Ordinal).Split(',').Order(StringComparer.Ordinal))}";
        }

        foreach (var mount in host["Mounts"] as JsonArray ?? [])
        {
            string?[] options =
            [
                mount!["ReadOnly"]?.GetValue<bool>() == true ? "ro" : null, mount["VolumeOptions"]?["NoCopy"]?.GetValue<bool>() == true ? "nocopy" : null,
                mount["BindOptions"]?["Propagation"]?.GetValue<string>(), mount["BindOptions"]?["ReadOnlyNonRecursive"]?.GetValue<bool>() == true ? "writable" : null,
                mount["VolumeOptions"]?["Subpath"]?.GetValue<string>(),
                mount["TmpfsOptions"]?["SizeBytes"] is { } size ? $"size={size}" : null, mount["TmpfsOptions"]?["Mode"] is { } mode ? $"mode={Convert.ToString(mode.GetValue<int>(), 8)}" : null,
            ];
            yield return $"{mount["Type"]} {mount["Source"]} {mount["Target"]} {string.Join(',', options.Where(option => option is { Length: > 0 }).Order(StringComparer.Ordinal))}";
        }
    }

    /// <summary>Without members that are null, false, zero, or empty, which engines use for what is not set; members in order.</summary>
    private static JsonNode? Bare(JsonNode? node) => node switch
    {
        JsonObject map => map.Select(pair => (pair.Key, Value: Bare(pair.Value))).Where(pair => pair.Value is not null).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList() is { Count: > 0 } members
            ? new JsonObject(members.Select(member => new KeyValuePair<string, JsonNode?>(member.Key, member.Value)))
            : null,
        JsonArray { Count: 0 } => null,
        JsonArray list => new JsonArray([.. list.Select(item => item?.DeepClone())]),
        JsonValue value => value.ToJsonString() is "null" or "false" or "0" or "\"\"" ? null : value.DeepClone(),
        _ => null,
    };

    private static IReadOnlyList<MountSpecification> Mounts(params string[] mounts) => [.. mounts.Select(mount => MountSpecification.Parse(mount, "/"))];

    private static Dictionary<string, string> Pairs(params string[] pairs) => pairs.Select(pair => pair.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);

    /// <summary>Words as a shell splits them; single quotes alone.</summary>
    private static IEnumerable<string> Words(string line)
        => line.Split('\'').SelectMany((part, index) => index % 2 == 1 ? [part] : part.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
