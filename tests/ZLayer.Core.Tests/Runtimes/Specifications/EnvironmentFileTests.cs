using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Specifications;

public sealed class EnvironmentFileTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-env-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Lines_are_pairs_and_nothing_else_has_a_meaning()
    {
        var path = Write("\uFEFF# remark\n\n  A=1\r\nB= two words \nC=\"$A\"\nD=a=b\nHERE\nGONE\nA=3\n");

        var pairs = await EnvironmentFile.ReadAsync(path, new Dictionary<string, string> { ["HERE"] = "yes" });

        Assert.Equal(["A=1", "B= two words ", "C=\"$A\"", "D=a=b", "HERE=yes", "A=3"], pairs.Select(pair => $"{pair.Key}={pair.Value}"));
    }

    [Fact]
    public async Task Labels_without_a_value_are_empty()
        => Assert.Equal([new("a", ""), new("b", "c")], await EnvironmentFile.ReadAsync(Write("a\nb=c")));

    [Theory]
    [InlineData("=x")]
    [InlineData("A B=x")]
    public async Task A_name_that_cannot_be_is_refused_with_its_line(string line)
    {
        var error = await Assert.ThrowsAsync<ZLayerException>(() => EnvironmentFile.ReadAsync(Write("A=1\n" + line)));

        Assert.Equal(ZLayerErrorKind.InvalidArgument, error.Kind);
        Assert.Contains("line 2", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_that_cannot_be_read_are_told_apart()
    {
        var binary = Path.Combine(_directory, "binary");
        await File.WriteAllBytesAsync(binary, [0x41, 0x3D, 0xFF, 0xFE]);

        Assert.Equal(ZLayerErrorKind.InvalidArgument, (await Assert.ThrowsAsync<ZLayerException>(() => EnvironmentFile.ReadAsync(binary))).Kind);
        Assert.Equal(ZLayerErrorKind.PathNotFound, (await Assert.ThrowsAsync<ZLayerException>(() => EnvironmentFile.ReadAsync(_directory + "/none"))).Kind);
    }

    [Fact]
    public void A_variable_without_a_value_takes_the_callers()
    {
        var caller = new Dictionary<string, string> { ["A"] = "1" };

        Assert.Equal(new("A", "1"), EnvironmentFile.ParseVariable("A", caller));
        Assert.Equal(new("A", ""), EnvironmentFile.ParseVariable("A=", caller));
        Assert.Null(EnvironmentFile.ParseVariable("B", caller));
        Assert.Throws<ZLayerException>(() => EnvironmentFile.ParseVariable("=x", caller));
    }

    [Fact]
    public async Task Seccomp_profiles_are_read_where_the_caller_is()
    {
        Write("{ \"defaultAction\" : \"SCMP_ACT_ALLOW\" }");

        Assert.Equal("seccomp={\"defaultAction\":\"SCMP_ACT_ALLOW\"}", await SecurityOption.ReadAsync("seccomp=file", _directory));
        Assert.Equal("seccomp=unconfined", await SecurityOption.ReadAsync("seccomp:unconfined", _directory));
        Assert.Equal("no-new-privileges", await SecurityOption.ReadAsync("no-new-privileges", _directory));
        Assert.Equal("label=type:svirt_t", await SecurityOption.ReadAsync("label=type:svirt_t", _directory));
        Assert.Equal(ZLayerErrorKind.PathNotFound, (await Assert.ThrowsAsync<ZLayerException>(() => SecurityOption.ReadAsync("seccomp=none", _directory))).Kind);
        Assert.Equal(ZLayerErrorKind.InvalidArgument, (await Assert.ThrowsAsync<ZLayerException>(() => SecurityOption.ReadAsync("apparmor", _directory))).Kind);
        Assert.Equal(ZLayerErrorKind.InvalidArgument, (await Assert.ThrowsAsync<ZLayerException>(() => SecurityOption.ReadAsync("seccomp=", _directory))).Kind);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("{\"a\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    public async Task A_seccomp_profile_that_is_not_JSON_is_refused(string content)
    {
        Write(content);

        Assert.Equal(ZLayerErrorKind.InvalidArgument, (await Assert.ThrowsAsync<ZLayerException>(() => SecurityOption.ReadAsync("seccomp=file", _directory))).Kind);
    }

    [SkippableFact]
    public async Task A_file_that_never_ends_is_refused()
    {
        Skip.IfNot(File.Exists("/dev/zero"), "there is no /dev/zero");

        Assert.Contains("longer than", (await Assert.ThrowsAsync<ZLayerException>(() => EnvironmentFile.ReadAsync("/dev/zero"))).Message);
        Assert.Contains("longer than", (await Assert.ThrowsAsync<ZLayerException>(() => SecurityOption.ReadAsync("seccomp=/dev/zero", _directory))).Message);
    }

    private string Write(string content)
    {
        var path = Path.Combine(_directory, "file");
        File.WriteAllText(path, content);
        return path;
    }
}
