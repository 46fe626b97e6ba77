using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Oci;

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
