using ZLayer.Core.Builds;
using ZLayer.Core.Exporters;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Tests.Builds.Windows;

/// <summary>What instructions say in the config of a Windows image.</summary>
public sealed class WindowsConfigTests : IAsyncDisposable
{
    private const string Base = "win/base:1";
    private static readonly BuildOptions Windows = new() { Platforms = [Platform.Parse("windows/amd64")], OsVersion = "10.0.20348.1" };
    private readonly BuildFixture _build = new();

    [Fact]
    public async Task The_config_speaks_Windows()
    {
        new WindowsBase("http://127.0.0.1:9/layers").AddTo(_build.Engine, Base);

        var result = await BuildAsync(
            $"""
            FROM {Base}
            ARG WHERE=C:\tools
            ENV PATH="%WHERE%;${"{pAtH}"}"
            ENV tool=$WHERE
            WORKDIR C:\App
            WORKDIR sub\deeper
            ENTRYPOINT app.exe `
              --flag
            CMD ["/S"]
            USER ContainerAdministrator
            EXPOSE 80
            VOLUME C:\data
            STOPSIGNAL 15
            HEALTHCHECK --interval=5s CMD ping localhost
            LABEL a=b
            SHELL ["powershell", "-Command"]
            CMD Get-Date
            """);

        var config = _build.Load(result).Config.Config!;
        Assert.Equal(["PATH=%WHERE%;C:\\Windows", "tool=C:\\tools"], config.Env);
        Assert.Equal("\\App\\sub\\deeper", config.WorkingDir);
        Assert.Equal(["cmd /S /C app.exe   --flag"], config.Entrypoint);
        Assert.Equal(["powershell -Command Get-Date"], config.Cmd);
        Assert.True(config.ArgsEscaped);
        Assert.Equal(("ContainerAdministrator", "15", 5_000_000_000), (config.User, config.StopSignal, config.Healthcheck!.Interval));
        Assert.Equal("C:\\data", Assert.Single(config.Volumes!).Key);
    }

    [Theory]
    [InlineData("CMD powershell -Command \"Write-Host 'a b'\"", null, "cmd /S /C powershell -Command \"Write-Host 'a b'\"", true)]
    [InlineData("CMD [\"a b.exe\", \"c\"]", null, "a b.exe|c", false)]
    [InlineData("ENTRYPOINT app\nCMD [\"z\"]", "cmd /S /C app", "z", true)]
    [InlineData("CMD dir\nENTRYPOINT [\"C:\\\\Program Files\\\\x.exe\"]", "C:\\Program Files\\x.exe", "cmd /S /C dir", false)]
    [InlineData("ENTRYPOINT [\"C:\\\\Program Files\\\\x.exe\"]\nCMD dir", "C:\\Program Files\\x.exe", "cmd /S /C dir", false)]
    [InlineData("ENTRYPOINT [\"x.exe\"]\nCMD dir\nENTRYPOINT []", "", "cmd /S /C dir", true)]
    [InlineData("CMD dir\nENTRYPOINT []", "", "cmd /S /C dir", true)]
    [InlineData("ENTRYPOINT app\nENTRYPOINT []\nCMD [\"z\"]", "", "z", false)]
    public async Task The_first_of_entrypoint_and_command_says_whether_it_is_a_whole_command_line(string instructions, string? entrypoint, string command, bool escaped)
    {
        var result = await BuildAsync($"FROM scratch\n{instructions}\n");

        var config = _build.Load(result).Config.Config!;
        Assert.Equal(entrypoint, config.Entrypoint is null ? null : string.Join('|', config.Entrypoint));
        Assert.Equal(command, string.Join('|', config.Cmd!));
        Assert.Equal(escaped, config.ArgsEscaped);
    }

    [Fact]
    public async Task A_command_below_the_entrypoint_of_the_base_leaves_what_the_base_says_of_it()
    {
        await BuildAsync("FROM scratch\nENTRYPOINT app\n", Windows with { Tags = [ImageReference.Parse(Base)] });

        var result = await BuildAsync($"FROM {Base}\nCMD [\"z\"]\n", Windows with { Pull = PullPolicy.Never });

        Assert.True(_build.Load(result).Config.Config!.ArgsEscaped);
    }

    [Fact]
    public async Task An_image_from_scratch_works_in_the_root_as_Windows_writes_it()
    {
        _build.Write("a", "1");

        var result = await BuildAsync("FROM scratch\nCOPY a .\n");

        Assert.Equal("\\", _build.Load(result).Config.Config!.WorkingDir);
        Assert.True(_build.LastLayer(result).ContainsKey("Files/a"));
    }

    [Fact]
    public async Task The_index_of_an_OCI_layout_says_the_version_of_Windows()
    {
        var output = _build.PathOf("layout");

        await BuildAsync("FROM scratch\n", Windows with { Outputs = [ExporterSpecification.Parse($"type=oci,tar=false,dest={output}")] });

        var entry = Assert.Single(OciJson.ParseIndex(await File.ReadAllBytesAsync(Path.Combine(output, "index.json")), "index.json").Manifests);
        Assert.Equal("windows(10.0.20348.1)/amd64", entry.Platform!.ToFullString());
    }

    public ValueTask DisposeAsync() => _build.DisposeAsync();

    // Paths with backslashes want another escape character.
    private Task<BuildResult> BuildAsync(string dockerfile, BuildOptions? options = null) => _build.BuildAsync($"# escape=`\n{dockerfile}", options ?? Windows);
}
