using ZLayer.Core.Runtimes.Docker.Operations;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>What is made of an engine's words.</summary>
public sealed class EngineAnswerTests
{
    [Theory]
    [InlineData(2, "a", "b")]
    [InlineData(3, "a", "b", "")]
    [InlineData(1, "a")]
    [InlineData(0)]
    public void A_row_of_processes_is_as_long_as_the_titles(int columns, params string[] expected)
        => Assert.Equal(expected, DockerInspection.Fit(["a", "b"], columns));

    [Theory]
    [InlineData("""OCI runtime exec failed: exec failed: container_linux.go:380: starting container process caused: exec: "nope": executable file not found in $PATH: unknown""", 127)]
    [InlineData("""OCI runtime exec failed: exec failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory: unknown""", 127)]
    [InlineData("""OCI runtime exec failed: exec failed: unable to start container process: exec: "/etc": permission denied: unknown""", 126)]
    [InlineData("""OCI runtime exec failed: exec failed: unable to start container process: exec: "/etc": is a directory: unknown""", 126)]
    [InlineData("""OCI runtime exec failed: exec failed: unable to start container process: chdir to cwd ("/nope") set in config.json failed: no such file or directory: unknown""", null)]
    [InlineData("something else", null)]
    public void A_program_that_cannot_be_started_has_the_exit_code_of_a_shell(string said, int? expected)
        => Assert.Equal(expected, EngineFailure.ExitCodeOf(said));

    [Theory]
    [InlineData("0.0.0.0", "0.0.0.0:8080->80/tcp")]
    [InlineData("::", "[::]:8080->80/tcp")]
    [InlineData("2001:db8::1", "[2001:db8::1]:8080->80/tcp")]
    public void A_published_port_of_IPv6_has_brackets(string address, string expected)
        => Assert.Equal(expected, new PortMappingInfo { ContainerName = "web", ContainerPort = 80, HostIP = address, HostPort = 8080 }.ToString());
}
