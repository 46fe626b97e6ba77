namespace ZLayer.Core.Tests.Cli;

public sealed class UsageTests : IDisposable
{
    private readonly CliProcess _cli = new();

    public void Dispose() => _cli.Dispose();

    [Theory]
    [InlineData("biuld", "'biuld' is not a command. Did you mean 'build'?")]
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
        foreach (var command in new[] { "build", "pull", "push", "login", "logout", "tags", "images", "inspect", "history", "tag", "rmi", "prune", "df", "save", "load", "import" })
        {
            Assert.Matches($@"(?m)^  {command}\b", result.Output);
        }
    }

    [Theory]
    [InlineData("--version")]
    [InlineData("--help")]
    [InlineData("build --help")]
    public void Version_and_help_succeed(string arguments)
        => Assert.NotEmpty(_cli.Run(arguments.Split(' ')).Succeeded().Output);
}
