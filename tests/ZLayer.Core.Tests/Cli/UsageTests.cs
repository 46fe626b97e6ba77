namespace ZLayer.Core.Tests.Cli;

public sealed class UsageTests : IDisposable
{
    private readonly CliProcess _cli = new();

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("biuld", "'biuld' is not a command. Did you mean 'build'?")]
    [InlineData("--unknown images", "'--unknown' is not an option of 'images'")]
    [InlineData("build --taget x", "'--taget' is not an option of 'build'. Did you mean '--target'?")]
    [InlineData("images --josn", "Did you mean '--json'?")]
    [InlineData("build --progress loud", "expected one of auto, plain, json")]
    [InlineData("build --build-arg =x .", "expected NAME=VALUE")]
    [InlineData("build --secret src=x .", "the id is missing")]
    [InlineData("build --secret id=a,src=b,env=C .", "either src=FILE or env=VARIABLE")]
    [InlineData("build --output type=oci,dest=a,dest2 .", "not key=value")]
    [InlineData("build --push .", "--push needs a name")]
    [InlineData("build https://example.com/a.git", "a remote build context is not supported")]
    [InlineData("build /no/such/directory", "does not exist")]
    [InlineData("build -t UPPER .", "must be lower case")]
    [InlineData("build --platform linux/ .", "platform")]
    [InlineData("tag only-one", "TARGET")]
    [InlineData("rmi", "REF")]
    [InlineData("create --pull sometimes img", "--pull sometimes: write one of missing, always, never, newer.")]
    [InlineData("create --cpu-shares -1 img", "--cpu-shares -1: not a number in range.")]
    [InlineData("ps --last many", "--last many: not a number in range.")]
    [InlineData("save a -o b --format tgz", "--format tgz: write one of oci, docker.")]
    [InlineData("save a", "--output")]
    [InlineData("save a -o b --format zip", "zip")]
    [InlineData("login --username me example.com", "--password-stdin")]
    public void Bad_usage_exits_with_2_and_says_what_is_wrong(string arguments, string expected)
    {
        var result = _cli.Run(arguments.Split(' '));

        Assert.Equal(2, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
        Assert.False(Directory.Exists(_cli.Root), "bad usage must not touch the data root");
    }

    [Fact]
    public void No_command_shows_the_commands_and_is_bad_usage()
    {
        var result = _cli.Run();

        Assert.Equal(2, result.ExitCode);
        foreach (var command in new[] { "build", "pull", "push", "login", "logout", "tags", "images", "inspect", "history", "tag", "rmi", "prune", "df", "save", "load", "import", "run", "ps", "exec", "logs", "runtimes" })
        {
            Assert.Matches($@"(?m)^  {command}\b", result.Output);
        }
    }

    [Theory]
    [InlineData("run --bogus img", "'--bogus' is not an option of 'run'", 125)]
    [InlineData("run --nmae x img", "Did you mean '--name'?", 125)]
    [InlineData("run --name", "'--name' needs a value", 125)]
    [InlineData("run", "IMAGE", 125)]
    [InlineData("run -m 10zz img", "--memory 10zz: '10zz' is not a size", 125)]
    [InlineData("run -p x img", "--publish x", 125)]
    [InlineData("run -v a:b:c:d img", "--volume a:b:c:d", 125)]
    [InlineData("run --restart sometimes img", "--restart sometimes", 125)]
    [InlineData("run --cpus many img", "--cpus many: not a number", 125)]
    [InlineData("run --pull often img", "often", 125)]
    [InlineData("run -d -a stdout img", "--detach and --attach exclude each other", 125)]
    [InlineData("run -a other img", "expected stdin, stdout or stderr", 125)]
    [InlineData("run --no-healthcheck --health-cmd true img", "exclude each other", 125)]
    [InlineData("run --detach-keys alt-x img", "--detach-keys alt-x", 125)]
    [InlineData("run --annotation =b img", "--annotation: an annotation has no key", 125)]
    [InlineData("run --device-read-bps /dev/sda img", "--device-read-bps /dev/sda:", 125)]
    [InlineData("run --device-write-bps /dev/sda:1xb img", "--device-write-bps /dev/sda:1xb: The rate of a device in bytes '/dev/sda:1xb' is not valid: '1xb'", 125)]
    [InlineData("run --device-read-iops /dev/sda:1mb img", "--device-read-iops /dev/sda:1mb:", 125)]
    [InlineData("create --device-write-iops sda:1 img", "--device-write-iops sda:1:", 2)]
    [InlineData("create --blkio-weight-device /dev/sda:5 img", "--blkio-weight-device /dev/sda:5:", 2)]
    [InlineData("update --device-read-bps /dev/sda:1mb a", "'--device-read-bps' is not an option of 'update'", 2)]
    [InlineData("create --bogus img", "'--bogus' is not an option of 'create'", 2)]
    [InlineData("exec --detach-keys alt-x a b", "--detach-keys alt-x", 2)]
    [InlineData("exec a", "COMMAND", 2)]
    [InlineData("update a", "Nothing is to be changed", 2)]
    [InlineData("start -a a b", "Only one container at once", 2)]
    [InlineData("ps --filter colour=red", "expected KEY=VALUE", 2)]
    [InlineData("ps --filter status=asleep", "expected one of created", 2)]
    [InlineData("ps --filter publish=80:80", "--filter publish=80:80: The port '80:80' is not valid", 2)]
    [InlineData("ps --filter expose=90-80", "--filter expose=90-80: The port '90-80' is not valid", 2)]
    [InlineData("ps --format xml", "xml", 2)]
    [InlineData("logs --tail x a", "--tail x", 2)]
    [InlineData("logs --since tomorrowish a", "is not a time", 2)]
    [InlineData("kill -s NOSUCH a", "There is no signal 'NOSUCH'", 2)]
    [InlineData("cp here there", "Neither SOURCE nor DEST is in a container", 2)]
    [InlineData("prune --force", "are for containers", 2)]
    [InlineData("port a eighty", "'eighty' is not a port", 2)]
    [InlineData("stop", "CONTAINER", 2)]
    public void Bad_usage_of_container_commands_is_told_apart_from_exit_codes_of_containers(string arguments, string expected, int exitCode)
    {
        var words = arguments.Split(' ');
        var result = _cli.Run([words[0], "--runtime", "fake", .. words[1..]]);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(expected, result.Error, StringComparison.OrdinalIgnoreCase);
        Assert.StartsWith("error: ", result.Error, StringComparison.Ordinal);
        Assert.Empty(result.Output);
    }

    [Theory]
    [InlineData("-- --name -x", "-- --name -x")]
    [InlineData("-h --help", "-h --help")]
    [InlineData("@file --runtime other", "@file --runtime other")]
    [InlineData("a -- b", "a -- b")]
    public void Words_behind_the_image_are_left_as_they_are(string tail, string expected)
        => Assert.Equal(expected, _cli.Run(["run", "--runtime", "fake", "--rm", "busybox", "echo", .. tail.Split(' ')]).Succeeded().Output.TrimEnd());

    [Theory]
    [InlineData("-eA=1")]
    [InlineData("-e=A=1")]
    [InlineData("-e A=1")]
    [InlineData("--env A=1")]
    [InlineData("--env=A=1")]
    [InlineData("-ie A=1")]
    [InlineData("-i=false -eA=1")]
    public void Options_can_be_written_in_every_way_that_docker_reads(string options)
        => Assert.Equal("1", _cli.Run(["run", "--runtime", "fake", .. options.Split(' '), "busybox", "printenv", "A"]).Succeeded().Output.TrimEnd());

    [Theory]
    [InlineData("--version")]
    [InlineData("--help")]
    [InlineData("build --help")]
    public void Version_and_help_succeed(string arguments)
        => Assert.NotEmpty(_cli.Run(arguments.Split(' ')).Succeeded().Output);
}
