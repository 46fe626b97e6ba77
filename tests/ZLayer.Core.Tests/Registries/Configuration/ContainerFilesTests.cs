namespace ZLayer.Core.Tests.Registries.Configuration;

/// <summary>Where credentials and registries.conf are looked for.</summary>
public sealed class ContainerFilesTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("zlayer-home-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Fact]
    public void Auth_files_are_podmans_the_runtime_directory_first()
        => Assert.Equal(
            ["/run/user/7/containers/auth.json", $"{_home}/.config/containers/auth.json"],
            RegistryFiles.AuthFiles(Environment(("XDG_RUNTIME_DIR", "/run/user/7")), _home));

    [Fact]
    public void The_directory_of_configuration_can_be_moved()
        => Assert.Equal(["/etc/mine/containers/auth.json"], RegistryFiles.AuthFiles(Environment(("XDG_CONFIG_HOME", "/etc/mine")), _home));

    [Fact]
    public void A_file_of_the_user_takes_the_place_of_the_systems_and_of_its_drop_ins()
    {
        var own = Path.Combine(Directory.CreateDirectory(Path.Combine(_home, ".config", "containers")).FullName, "registries.conf");
        Assert.Equal("/etc/containers/registries.conf", RegistryFiles.RegistriesConf(Environment(), _home));
        Assert.Equal(["/etc/containers/registries.conf.d", own + ".d"], RegistryFiles.RegistriesConfDirectories(Environment(), _home));

        File.WriteAllText(own, "");

        Assert.Equal(own, RegistryFiles.RegistriesConf(Environment(), _home));
        Assert.Equal([own + ".d"], RegistryFiles.RegistriesConfDirectories(Environment(), _home));
        Assert.Equal("/else/where.conf", RegistryFiles.RegistriesConf(Environment(("CONTAINERS_REGISTRIES_CONF", "/else/where.conf")), _home));
    }

    private static Dictionary<string, string> Environment(params (string Name, string Value)[] variables) => variables.ToDictionary(v => v.Name, v => v.Value);
}
