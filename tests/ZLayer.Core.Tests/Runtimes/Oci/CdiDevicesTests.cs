using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Oci;
using ZLayer.Core.Tests.Mutations;

namespace ZLayer.Core.Tests.Runtimes.Oci;

public sealed class CdiDevicesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-cdi-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_device_has_the_edits_of_its_kind_once_and_its_own()
    {
        Write("a", """{"cdiVersion":"0.6.0","kind":"acme.com/gpu","containerEdits":{"env":["COMMON=1"]},"devices":[{"name":"0","containerEdits":{"env":["ZERO=1"]}},{"name":"1","containerEdits":{"env":["ONE=1"]}}]}""");

        var edits = new CdiDevices([_directory]).Resolve(["acme.com/gpu=0", "acme.com/gpu=1"]);

        Assert.Equal(["COMMON=1", "ZERO=1", "ONE=1"], edits.SelectMany(edit => edit.Env ?? []));
    }

    [Fact]
    public void A_missing_device_is_an_error_that_names_those_there_are()
    {
        Write("a", """{"cdiVersion":"0.6.0","kind":"acme.com/gpu","devices":[{"name":"0"}]}""");

        var error = Assert.Throws<ZLayerException>(() => new CdiDevices([_directory, "/nowhere"]).Resolve(["acme.com/gpu=7"]));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Contains("acme.com/gpu=0", error.Advice);
    }

    [Fact]
    public void A_damaged_file_is_an_error_that_names_it()
    {
        Write("a", "{");

        var error = Assert.Throws<ZLayerException>(() => new CdiDevices([_directory]).Resolve(["acme.com/gpu=7"]));

        Assert.Contains("a.json", error.Message);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("""{"kind":null,"devices":[]}""")]
    [InlineData("""{"kind":"acme.com/gpu","devices":[null]}""")]
    [InlineData("""{"kind":"acme.com/gpu","devices":[{"name":null}]}""")]
    [InlineData("""{"kind":"acme.com/gpu","devices":[{"name":"\ud800"}]}""")]
    [InlineData("""{"kind":"acme.com/gpu","devices":[{"name":"0","containerEdits":{"deviceNodes":[null]}}]}""")]
    [InlineData("""{"kind":"acme.com/gpu","devices":[{"name":"0","containerEdits":{"mounts":[{"hostPath":"/a"}]}}]}""")]
    [InlineData("""{"kind":"acme.com/gpu","devices":[{"name":"0","containerEdits":{"hooks":[{"hookName":"createContainer"}]}}]}""")]
    public void A_file_that_is_none_is_an_error_that_names_it(string json)
    {
        Write("a", json);

        var error = Assert.Throws<ZLayerException>(() => new CdiDevices([_directory]).Resolve(["acme.com/gpu=0"]));

        Assert.Contains("a.json", error.Message);
    }

    [Fact]
    public void A_file_that_lists_nothing_offers_nothing()
    {
        Write("a", """{"kind":"acme.com/gpu","devices":null,"containerEdits":null}""");

        Assert.Contains("no CDI file", Assert.Throws<ZLayerException>(() => new CdiDevices([_directory]).Resolve(["acme.com/gpu=0"])).Message);
    }

    [Fact]
    public void Files_that_are_almost_valid_end_in_devices_or_an_error()
        => JsonMutations.Check(
            ["""
             {"cdiVersion":"0.6.0","kind":"acme.com/gpu","containerEdits":{"env":["COMMON=1"]},"devices":[{"name":"0","containerEdits":{"env":["A=1"],
              "deviceNodes":[{"path":"/dev/null","type":"c","major":1,"minor":3,"fileMode":438,"permissions":"rw"}],"mounts":[{"hostPath":"/a","containerPath":"/b","options":["ro"]}],
              "hooks":[{"hookName":"createContainer","path":"/bin/true","args":["true"],"timeout":1}],"additionalGids":[7]}}]}
             """],
            json =>
            {
                File.WriteAllBytes(Path.Combine(_directory, "a.json"), json);
                foreach (var edit in new CdiDevices([_directory]).Resolve(["acme.com/gpu=0"]))
                {
                    _ = (edit.DeviceNodes ?? []).Select(CdiNodes.ToDevice).Concat((edit.DeviceNodes ?? []).Select(CdiNodes.ToDevice)).Count();
                    Assert.All(edit.Mounts ?? [], mount => Assert.NotNull(mount.ContainerPath));
                    Assert.All(edit.Hooks ?? [], hook => Assert.NotNull(hook.Path));
                }
            },
            rounds: 500);

    [SkippableFact]
    public void What_a_node_leaves_out_is_read_from_the_machine()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "needs /dev");

        var device = CdiNodes.ToDevice(new CdiDeviceNode { Path = "/dev/mine", HostPath = "/dev/null" });

        Assert.Equal(("/dev/mine", "c", 1L, 3L), (device.Path, device.Type, device.Major!.Value, device.Minor!.Value));
        Assert.Throws<ZLayerException>(() => CdiNodes.ToDevice(new CdiDeviceNode { Path = "/dev/no-such-device" }));
    }

    private void Write(string name, string json) => File.WriteAllText(Path.Combine(_directory, name + ".json"), json);
}
