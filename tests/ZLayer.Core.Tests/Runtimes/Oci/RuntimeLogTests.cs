using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Tests.Runtimes.Oci;

public sealed class RuntimeLogTests
{
    [Theory]
    [InlineData("runc run failed: unable to start container process: exec: \"nope\": executable file not found in $PATH", 127)]
    [InlineData("runc run failed: unable to start container process: exec: \"/bin/nope\": stat /bin/nope: no such file or directory", 127)]
    [InlineData("runc run failed: unable to start container process: exec: \"/plain\": permission denied", 126)]
    [InlineData("executable file `nope` not found in $PATH: No such file or directory", 127)]
    [InlineData("open executable: Permission denied", 126)]
    [InlineData("cgroups in hybrid mode not supported, drop all controllers from cgroupv2", null)]
    [InlineData("error mounting \"/gone\" to rootfs at \"/x\": no such file or directory", null)]
    public void Only_errors_about_the_program_are_the_steps(string error, int? exitCode)
        => Assert.Equal(exitCode, RuntimeLog.ExitCodeOf(error));

    [Fact]
    public void The_last_error_of_a_log_is_found()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, """
                {"level":"warning","msg":"beware","time":"2026-01-01T00:00:00Z"}
                {"level":"error","msg":"first","time":"2026-01-01T00:00:00Z"}
                {"msg":"second","level":"error","time":"2026-01-01T00:00:00Z"}
                {"level":"debug","msg":"bye"}

                """);

            Assert.Equal("second", RuntimeLog.ReadError(path));
            File.WriteAllText(path, """
                {"level":"error","msg":"third"}
                {"level":7,"msg":"x"}
                {"level":"error","msg":null}
                {"level":"error","msg":[]}
                []
                null
                """);
            Assert.Equal("third", RuntimeLog.ReadError(path));
            File.WriteAllText(path, "{\"level\":\"error\",\"msg\":\"\\ud800\"}");
            Assert.Equal("{\"level\":\"error\",\"msg\":\"\\ud800\"}", RuntimeLog.ReadError(path));
            File.WriteAllText(path, "");
            Assert.Null(RuntimeLog.ReadError(path));
            Assert.Null(RuntimeLog.ReadError(path + ".none"));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
