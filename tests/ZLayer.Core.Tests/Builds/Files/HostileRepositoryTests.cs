using System.Diagnostics;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Errors;
using ZLayer.Core.Storage;
using ZLayer.Core.Tests.Engines;
using ZLayer.Core.Tests.Equivalence;
using ZLayer.Core.Tests.Faults;

namespace ZLayer.Core.Tests.Builds.Files;

/// <summary>Repositories whose authors want files of the machine, and addresses with passwords.</summary>
public sealed class HostileRepositoryTests : IDisposable
{
    private const string Login = "user:hunter2%2Fsecret";
    private const string Password = "hunter2/secret";

    private readonly CopyFixture _fixture = new();

    private string Victim => Path.Combine(_fixture.Root, "victim");

    private string Arguments => Path.Combine(_fixture.Root, "arguments");

    public void Dispose() => _fixture.Dispose();

    [SkippableFact]
    public async Task Links_in_a_checkout_lead_nowhere()
    {
        Directory.CreateDirectory(Victim + "/project/.git/objects");
        File.WriteAllText(Victim + "/.git", "precious");
        var time = Directory.GetLastWriteTimeUtc(Victim);
        using var server = Serve($"ln -s {Victim} out && ln -s . self && ln -s . again && ln -s /proc processes && ln -s {Victim}/.git file");

        var source = await FetchAsync(server, "#main");

        Assert.Equal("precious", File.ReadAllText(Victim + "/.git"));
        Assert.True(Directory.Exists(Victim + "/project/.git/objects"));
        Assert.Equal(time, Directory.GetLastWriteTimeUtc(Victim));
        Assert.Equal(["again", "file", "one", "out", "processes", "self"], source.Tree.List(source.Tree.Find("")!).Select(n => n.Path));
        Assert.DoesNotContain(Directory.GetFileSystemEntries(_fixture.Store.Ingest), path => Path.GetFileName(path).StartsWith("work-", StringComparison.Ordinal));
    }

    [SkippableTheory]
    [InlineData("#main:out")]
    [InlineData("#main:out/project")]
    [InlineData("#main:../../..")]
    [InlineData("#main:up/up")]
    [InlineData("?branch=main&subdir=out")]
    public async Task A_directory_of_a_repository_is_never_one_outside_of_it(string choice)
    {
        Directory.CreateDirectory(Victim + "/project");
        File.WriteAllText(Victim + "/secret", "");
        File.WriteAllText(Victim + "/project/secret", "");
        using var server = Serve($"ln -s {Victim} out && ln -s ../.. up");

        var names = "";
        try
        {
            var source = await FetchAsync(server, choice);
            names = string.Join(' ', source.Tree.List(source.Tree.Find("")!).Select(n => n.Path));
        }
        catch (ZLayerException e)
        {
            Assert.Equal(ZLayerErrorKind.BuildStepInvalid, e.Kind);
        }

        Assert.DoesNotContain("secret", names, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Submodules_come_by_network_protocols_only_and_settings_of_the_repository_run_nothing()
    {
        var ran = Path.Combine(_fixture.Root, "ran");
        using var plain = Serve($"printf '* filter=evil diff=evil\\n' > .gitattributes && printf '[filter \"evil\"]\\n smudge = touch {ran}\\n[core]\\n fsmonitor = touch {ran}\\n' > .gitconfig");
        Assert.NotNull((await FetchAsync(plain, "#main")).Tree.Find("one"));

        foreach (var url in (string[])[$"file://{_fixture.Root}/work", $"{_fixture.Root}/work", $"ext::touch {ran}", "--upload-pack=touch " + ran, "-u" + ran])
        {
            using var server = Serve(
                $"git -c protocol.file.allow=always submodule --quiet add {_fixture.Root}/inner inner && git config -f .gitmodules submodule.inner.url '{url}' && git config -f .gitmodules submodule.inner.update checkout");

            var error = await Assert.ThrowsAsync<ZLayerException>(() => FetchAsync(server, "#main"));
            Assert.Contains("git submodule failed", error.Message, StringComparison.Ordinal);
        }

        Assert.False(File.Exists(ran));
    }

    [SkippableFact]
    public async Task Programs_in_a_repository_are_not_run_though_the_path_has_relative_directories()
    {
        var ran = Path.Combine(_fixture.Root, "ran");
        using var server = Serve(
            $"for name in git git-sh-setup basename uname sed cat git-upload-pack; do printf '#!/bin/sh\\ntouch {ran}\\n' > $name && chmod 755 $name; done; "
            + $"/usr/bin/git -c protocol.file.allow=always submodule --quiet add {_fixture.Root}/inner inner && /usr/bin/git config -f .gitmodules submodule.inner.url ../inner.git");

        var source = await FetchAsync(server, "#main", path: ".::" + "/usr/bin:/bin");

        Assert.NotNull(source.Tree.Find("inner/nested"));
        Assert.False(File.Exists(ran));
    }

    [SkippableFact]
    public async Task A_repository_that_somebody_put_into_the_directory_of_temporary_files_configures_nothing()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        using var server = Serve("true");
        var (temporary, ran) = (Path.Combine(_fixture.Root, "temporary"), Path.Combine(_fixture.Root, "ran"));
        Programs.WriteScript(Path.Combine(_fixture.Root, "proxy"), $"#!/bin/sh\ntouch {ran}\n");
        using (var git = Process.Start("/usr/bin/git", ["init", "-q", temporary]))
        {
            git.WaitForExit();
        }

        File.AppendAllText(temporary + "/.git/config", $"[core]\n\tgitProxy = {_fixture.Root}/proxy\n\tsshCommand = {_fixture.Root}/proxy\n");
        _fixture.Write("Dockerfile", "FROM scratch\nADD git://127.0.0.1:1/project.git /x\n");

        var built = await CommandLine.RunAsync(_fixture.Store.Root, ["build", _fixture.Context], new Dictionary<string, string?> { ["TMPDIR"] = temporary });

        Assert.Contains("git cannot read the repository", built.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(ran));
    }

    [Theory]
    [InlineData("https://-oProxyCommand=evil/r.git")]
    [InlineData("ssh://-oProxyCommand=evil/r")]
    [InlineData("ssh://-x@host/r")]
    [InlineData("https://ho=st/r.git")]
    [InlineData("https://ho st/r.git")]
    [InlineData("https:///r.git")]
    [InlineData("https://h/r.git#a..b")]
    [InlineData("https://h/r.git?ref=%2Ba:b")]
    [InlineData("https://h/r.git?ref=a%0Ab")]
    [InlineData("https://us%0aer:p@h/r.git")]
    public void What_git_could_take_for_something_else_is_refused(string source)
        => Assert.Equal(ZLayerErrorKind.BuildStepInvalid, Assert.Throws<ZLayerException>(() => GitReference.Parse(source, CopyFixture.Location)).Kind);

    [Theory]
    [InlineData("https://user:secret@host/r.git", "https://host/r.git", "https://xxxxx:xxxxx@host/r.git")]
    [InlineData("https://token@host:8443/r.git#main", "https://host:8443/r.git", "https://xxxxx@host:8443/r.git")]
    [InlineData("HTTPS://a:b@c@host/r.git", "https://host/r.git", "https://xxxxx:xxxxx@host/r.git")]
    [InlineData("ssh://git:secret@host/r", "ssh://git@host/r", "ssh://git@host/r")]
    [InlineData("git://user:secret@host/r", "git://user@host/r", "git://user@host/r")]
    [InlineData("git@host:o/r.git", "git@host:o/r.git", "git@host:o/r.git")]
    public void Git_is_given_addresses_without_passwords(string source, string remote, string title)
    {
        var parsed = GitReference.Parse(source, CopyFixture.Location);

        Assert.Equal((remote, title), (parsed.Remote, parsed.Title));
        Assert.DoesNotContain("secret", parsed.ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_password_opens_a_repository_and_its_submodules_and_stands_in_no_argument_and_no_file()
    {
        using var server = Serve(
            "git -c protocol.file.allow=always submodule --quiet add ROOT/inner inner && git config -f .gitmodules submodule.inner.url ../inner.git".Replace("ROOT", _fixture.Root, StringComparison.Ordinal), "user:" + Password);
        var address = server.Address.Replace("://", $"://{Login}@", StringComparison.Ordinal);

        var source = await FetchAsync(server, "#main", $"{address}/project.git", new RemoteSourceOptions { KeepGitDirectory = true, Location = CopyFixture.Location });

        Assert.NotNull(source.Tree.Find("inner/nested"));
        using (var config = new StreamReader(source.Tree.OpenRead(source.Tree.Find(".git/config")!)))
        {
            Assert.Contains($"url = {server.Address}/project.git", await config.ReadToEndAsync(), StringComparison.Ordinal);
        }

        Assert.Contains("fetch", File.ReadAllText(Arguments), StringComparison.Ordinal);
        AssertHoldsNoPassword(_fixture.Root, except: "password-log");
        AssertHoldsNoPassword(Arguments);
        Assert.Contains("xxxxx:xxxxx@", source.Title, StringComparison.Ordinal);

        // Another password of tomorrow finds the same checkout.
        var again = await FetchAsync(server, "#main", $"{address}/project.git", new RemoteSourceOptions { KeepGitDirectory = true, Location = CopyFixture.Location });
        Assert.Equal(((DirectoryTree)source.Tree).Root, ((DirectoryTree)again.Tree).Root);
    }

    [SkippableFact]
    public async Task A_wrong_password_is_an_error_without_it()
    {
        using var server = Serve("true", "user:other");
        var address = server.Address.Replace("://", $"://{Login}@", StringComparison.Ordinal);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => FetchAsync(server, "#main", address + "/project.git"));

        Assert.Contains("xxxxx:xxxxx@", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", error + string.Join(' ', error.Details), StringComparison.Ordinal);
        AssertHoldsNoPassword(_fixture.Root);
    }

    [SkippableFact]
    public async Task What_is_left_of_a_checkout_whose_build_was_killed_is_collected()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        using var server = Serve("true");
        var git = Path.Combine(_fixture.Root, "bin/git");
        var process = Path.Combine(_fixture.Root, "process");
        File.WriteAllText(git, $"#!/bin/sh\ncase \" $* \" in *' fetch '*) mkdir deep; echo $$ > {process}.new; mv {process}.new {process}; exec sleep 60;; esac\nexec /usr/bin/git \"$@\"\n");
        _fixture.Write("Dockerfile", $"FROM scratch\nADD {server.Address}/project.git /x\n");
        var path = new Dictionary<string, string?> { ["PATH"] = $"{_fixture.Root}/bin:/usr/bin:/bin" };
        using (var build = CommandLine.Start(_fixture.Store.Root, ["build", _fixture.Context], path))
        {
            await build.UntilAsync(() => File.Exists(process), "git fetches");
            build.Kill();
            await build.EndAsync();
        }

        Process.GetProcessById(int.Parse(File.ReadAllText(process), System.Globalization.CultureInfo.InvariantCulture)).Kill();
        var left = Assert.Single(Directory.GetDirectories(_fixture.Store.Ingest, "work-git-*"));
        Directory.SetLastWriteTimeUtc(left, DateTime.UtcNow.AddHours(-1));

        new Collector(_fixture.Store).Collect(new PruneOptions());

        Assert.False(Directory.Exists(left));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_fixture.Store.Cache, "git")));
    }

    [SkippableFact]
    public async Task A_repository_gets_no_password_that_the_caller_keeps_for_its_host()
    {
        using var server = Serve("true", login: "user:hunter2");
        var home = Directory.CreateDirectory(Path.Combine(_fixture.Root, "home")).FullName;
        File.WriteAllText(Path.Combine(home, ".netrc"), $"machine {new Uri(server.Address).Host} login user password hunter2\n");
        using var client = new HttpClient();
        var sources = new RemoteSources(
            _fixture.Store, client, new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["HOME"] = home });

        var error = await Assert.ThrowsAsync<ZLayerException>(
            () => sources.FetchAsync(server.Address + "/project.git#main", new RemoteSourceOptions { Location = CopyFixture.Location }));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
    }

    [SkippableFact]
    public async Task A_name_that_looks_like_a_commit_is_no_commit()
    {
        var name = new string('c', 64);
        using var server = Serve($"git add -A && git commit -qm before && git update-ref refs/tags/{name} HEAD && printf 2 > two");

        var error = await Assert.ThrowsAsync<ZLayerException>(() => FetchAsync(server, "#" + name));

        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
    }

    private static void AssertHoldsNoPassword(string path, string? except = null)
    {
        var files = Directory.Exists(path)
            ? Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint })
            : [path];
        foreach (var file in files.Where(f => Path.GetFileName(f) != except))
        {
            Assert.DoesNotContain("hunter2", file + File.ReadAllText(file, System.Text.Encoding.Latin1), StringComparison.Ordinal);
        }
    }

    private async Task<CopySource> FetchAsync(StaticFileServer server, string choice, string? remote = null, RemoteSourceOptions? options = null, string? path = null)
    {
        using var client = new HttpClient();
        var sources = new RemoteSources(_fixture.Store, client, new Dictionary<string, string> { ["PATH"] = path ?? $"{_fixture.Root}/bin:/usr/local/bin:/usr/bin:/bin" });
        return await sources.FetchAsync((remote ?? server.Address + "/project.git") + choice, options ?? new RemoteSourceOptions { Location = CopyFixture.Location });
    }

    /// <summary>Serves a repository that a script of its author has filled, and logs the arguments of every git.</summary>
    private StaticFileServer Serve(string script, string? login = null)
    {
        Skip.IfNot(File.Exists("/usr/bin/git"), "git is not installed");
        const string Setup = """
            set -e
            export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
            export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
            rm -rf work www inner bin && mkdir -p www bin
            printf '#!/bin/sh\ntr "\\0" " " < /proc/$$/cmdline >> "%s"\nexec /usr/bin/git "$@"\n' "$PWD/arguments" > bin/git && chmod 755 bin/git
            git init -q -b main inner && printf n > inner/nested && git -C inner add -A && git -C inner commit -qm inner
            git clone -q --bare inner www/inner.git && git -C www/inner.git update-server-info
            git init -q -b main work && cd work && printf 1 > one
            """;
        var all = $"{Setup}\n{script}\ngit add -A && git commit -qm first\ncd .. && git clone -q --bare work www/project.git && git -C www/project.git update-server-info\n";
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", all]) { WorkingDirectory = _fixture.Root, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors);
        return new StaticFileServer(Path.Combine(_fixture.Root, "www"), login);
    }
}
