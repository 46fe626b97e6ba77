using ZLayer.Core.Tests.Equivalence;
using ZLayer.Core.Tests.Faults;

namespace ZLayer.Core.Tests.Builds.Files;

/// <summary>A password in an address of a build: it is used, and nobody sees it or keeps it.</summary>
public sealed class AddressCredentialsTests : IDisposable
{
    private const string Password = "hunter2secret";

    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-credentials-").FullName;

    private string Root => Path.Combine(_directory, "root");

    private string Context => Path.Combine(_directory, "context");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [SkippableTheory]
    [InlineData("json")]
    [InlineData("plain")]
    public async Task A_build_uses_a_password_and_shows_and_keeps_it_nowhere(string progress)
    {
        using var server = Serve();
        var address = server.Address.Replace("://", $"://user:{Password}@", StringComparison.Ordinal);
        Write($"""
            ARG REPOSITORY={address}/project.git
            FROM scratch AS first
            ARG REPOSITORY
            ADD {address}/file.txt /file
            ADD --keep-git-dir {address}/project.git#main /project
            ADD $REPOSITORY /again
            FROM first
            COPY --from=named one /named
            ONBUILD ADD {address}/file.txt /later
            LABEL a=b
            """);

        var built = await CommandLine.RunAsync(
            Root, ["build", "-t", "credentials:1", "--progress", progress, "--build-context", $"named={address}/project.git", Context]);

        Assert.True(built.ExitCode == 0, built.Error);
        Assert.DoesNotContain(Password, built.Output + built.Error, StringComparison.Ordinal);
        Assert.Contains("xxxxx:xxxxx@", built.Output + built.Error, StringComparison.Ordinal);
        AssertKeptNowhere();
        foreach (var command in (string[][])[["history", "credentials:1", "--no-trunc"], ["inspect", "credentials:1"], ["build", "-t", "credentials:1", "--build-context", $"named={address}/project.git", Context]])
        {
            var shown = await CommandLine.RunAsync(Root, command);
            Assert.DoesNotContain(Password, shown.Output + shown.Error, StringComparison.Ordinal);
        }
    }

    [SkippableTheory]
    [InlineData("ADD ADDRESS/none.txt /")]
    [InlineData("ADD ADDRESS/none.git /")]
    [InlineData("ADD ADDRESS/project.git#none /")]
    [InlineData("ADD ADDRESS/project.git#a..b /")]
    [InlineData("ADD ADDRESS/project.git?what=1 /")]
    [InlineData("ADD --checksum=md5:1 ADDRESS/file.txt /")]
    [InlineData("ADD --checksum=0123456789 ADDRESS/project.git /")]
    [InlineData("ADD ADDRESS/file.txt")]
    [InlineData("ADD --unknown ADDRESS/file.txt /")]
    [InlineData("ADD --chown=none:none ADDRESS/file.txt /")]
    [InlineData("ADD \"ADDRESS/file.txt /")]
    [InlineData("ADD ${ADDRESS/file.txt /")]
    [InlineData("COPY ADDRESS/file.txt /")]
    [InlineData("COPY --from=ADDRESS x /")]
    [InlineData("FROM ADDRESS/file.txt")]
    [InlineData("add ADDRESS/file.txt /\nFROM ADDRESS AS x y")]
    public async Task What_is_wrong_with_an_address_is_said_without_its_password(string instruction)
    {
        using var server = Serve();
        var address = server.Address.Replace("://", $"://user:{Password}@", StringComparison.Ordinal);
        Write("FROM scratch\n" + instruction.Replace("ADDRESS", address, StringComparison.Ordinal) + "\n");

        var built = await CommandLine.RunAsync(Root, ["build", "--verbose", Context]);

        Assert.NotEqual(0, built.ExitCode);
        Assert.DoesNotContain(Password, built.Output + built.Error, StringComparison.Ordinal);
        AssertKeptNowhere();
    }

    [SkippableTheory]
    [InlineData("build", "ADDRESS/project.git")]
    [InlineData("build", "CONTEXT", "--build-context", "ADDRESS/project.git")]
    [InlineData("build", "CONTEXT", "--build-arg", "=ADDRESS")]
    [InlineData("build", "CONTEXT", "--unknown=ADDRESS")]
    [InlineData("build", "CONTEXT", "-t", "ADDRESS")]
    [InlineData("build", "CONTEXT", "--output", "type=ADDRESS")]
    public async Task Wrong_arguments_are_told_without_the_password(params string[] arguments)
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        Write("FROM scratch\nLABEL a=b\n");

        var built = await CommandLine.RunAsync(
            Root,
            [.. arguments.Select(a => a.Replace("ADDRESS", $"https://user:{Password}@127.0.0.1:1", StringComparison.Ordinal).Replace("CONTEXT", Context, StringComparison.Ordinal))]);

        Assert.NotEqual(0, built.ExitCode);
        Assert.DoesNotContain(Password, built.Output + built.Error, StringComparison.Ordinal);
    }

    private void Write(string dockerfile)
    {
        Directory.CreateDirectory(Context);
        File.WriteAllText(Path.Combine(Context, "Dockerfile"), dockerfile);
    }

    private void AssertKeptNowhere()
    {
        foreach (var file in Directory.Exists(Root) ? Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories) : [])
        {
            Assert.DoesNotContain(Password, file + File.ReadAllText(file, System.Text.Encoding.Latin1), StringComparison.Ordinal);
        }
    }

    private StaticFileServer Serve()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        Skip.IfNot(File.Exists("/usr/bin/git"), "git is not installed");
        const string Script = """
            set -e
            export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
            export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
            mkdir www && printf content > www/file.txt
            git init -q -b main work && printf 1 > work/one && git -C work add -A && git -C work commit -qm first
            git clone -q --bare work www/project.git && git -C www/project.git update-server-info
            """;
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh", ["-c", Script]) { WorkingDirectory = _directory })!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return new StaticFileServer(Path.Combine(_directory, "www"), "user:" + Password);
    }
}
