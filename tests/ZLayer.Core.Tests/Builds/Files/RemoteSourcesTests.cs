using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Errors;
using ZLayer.Core.Oci;
using ZLayer.Core.Tests.Equivalence;

namespace ZLayer.Core.Tests.Builds.Files;

public sealed class RemoteSourcesTests : IDisposable
{
    private static readonly Dictionary<string, string> ToolPath = new() { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" };
    private readonly CopyFixture _fixture = new();

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [InlineData("http://host/file.txt", true)]
    [InlineData("https://host/repository.git#main:sub", true)]
    [InlineData("git@github.com:moby/buildkit.git", true)]
    [InlineData("ssh://git@host/repository", true)]
    [InlineData("git://host/repository", true)]
    [InlineData("file.txt", false)]
    [InlineData("a/b.git", false)]
    [InlineData("./git@host:x", false)]
    [InlineData("github.com/moby/buildkit", false)]
    [InlineData("ftp://host/file", false)]
    public void Remote_sources_are_told_from_paths(string source, bool remote) => Assert.Equal(remote, RemoteSources.IsRemote(source));

    [Theory]
    [InlineData("https://h/r.git", "https://h/r.git", null, "")]
    [InlineData("https://h/r.git#v1", "https://h/r.git", "v1", "")]
    [InlineData("https://h/r.git#:sub/dir/", "https://h/r.git", null, "sub/dir")]
    [InlineData("https://h/r.git#a/b:../sub", "https://h/r.git", "a/b", "sub")]
    [InlineData("git@h:o/r.git#v1:s", "git@h:o/r.git", "v1", "s")]
    [InlineData("https://h/r.git?tag=v1&subdir=s", "https://h/r.git", "refs/tags/v1", "s")]
    [InlineData("https://h/r.git?branch=b", "https://h/r.git", "refs/heads/b", "")]
    public void Git_references_are_read(string source, string remote, string? reference, string directory)
    {
        var parsed = GitReference.Parse(source, CopyFixture.Location);

        Assert.Equal((remote, reference, directory), (parsed.Remote, parsed.Reference, parsed.Directory));
    }

    [Theory]
    [InlineData("https://h/r.git?tag=a&branch=b")]
    [InlineData("https://h/r.git?ref=")]
    [InlineData("https://h/r.git?unknown=1")]
    [InlineData("https://h/r.git#--upload-pack=evil")]
    [InlineData("https://h/r.git?keep-git-dir=perhaps")]
    public void Wrong_git_references_are_refused(string source)
        => Assert.Equal(ZLayerErrorKind.BuildStepInvalid, Assert.Throws<ZLayerException>(() => GitReference.Parse(source, CopyFixture.Location)).Kind);

    [Fact]
    public async Task A_download_has_mode_0600_the_servers_time_and_the_name_of_the_address()
    {
        using var server = new Server { LastModified = DateTimeOffset.FromUnixTimeSeconds(1_600_000_000) };

        var source = await Fetch(server, "http://host/dir/na%20me.txt?query=1");
        using var layer = new MemoryStream();
        var summary = PreparedCopy.Prepare(new CopyRequest { Sources = [source], Destination = "/x/" }).WriteLayer(layer, null);
        layer.Position = 0;

        Assert.Equal(["d 0755 0:0 x", "f 0600 0:0 x/na me.txt content"], CopyFixture.List(layer));
        Assert.Equal(1_600_000_000, summary.NewestTime.ToUnixTimeSeconds());
    }

    [Fact]
    public async Task An_address_without_a_name_takes_the_servers()
    {
        using var server = new Server { Disposition = "attachment; filename=\"../given.txt\"" };

        Assert.Equal("given.txt", (await Fetch(server, "http://host/")).Path);
        server.Disposition = null;
        Assert.Equal("__unnamed__", (await Fetch(server, "http://host")).Path);
    }

    [Fact]
    public async Task What_did_not_change_is_not_downloaded_again()
    {
        using var server = new Server { Tag = "\"one\"" };
        _ = await Fetch(server, "http://host/file");
        _ = await Fetch(server, "http://host/file");
        Assert.Equal((2, 1), (server.Requests, server.Sent));

        server.Tag = "\"two\"";
        server.Content = "changed";
        var source = await Fetch(server, "http://host/file");

        Assert.Equal((3, 2), (server.Requests, server.Sent));
        using var reader = new StreamReader(source.Tree.OpenRead(source.Tree.Find("file")!));
        Assert.Equal("changed", await reader.ReadToEndAsync());
    }

    [Fact]
    public async Task A_checksum_is_verified_and_spares_the_request_when_the_content_is_there()
    {
        using var server = new Server();
        var right = Digest.Of("content"u8).ToString();
        var wrong = Digest.Of("other"u8).ToString();

        var e = await Assert.ThrowsAsync<ZLayerException>(() => Fetch(server, "http://host/file", new RemoteSourceOptions { Checksum = wrong }));
        Assert.Equal(ZLayerErrorKind.DigestMismatch, e.Kind);
        _ = await Fetch(server, "http://host/file", new RemoteSourceOptions { Checksum = right });
        Assert.Equal(1, server.Requests);
        await Assert.ThrowsAsync<ZLayerException>(() => Fetch(server, "http://host/file", new RemoteSourceOptions { Checksum = "md5:x" }));
    }

    [Fact]
    public async Task A_refusing_server_and_a_broken_transfer_are_errors_without_the_password()
    {
        using var server = new Server { Status = HttpStatusCode.NotFound };
        var e = await Assert.ThrowsAsync<ZLayerException>(() => Fetch(server, "http://user:hidden@host/file"));
        Assert.Contains("404", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", e.Message, StringComparison.Ordinal);
        Assert.Equal("Basic", server.Authorization?.Scheme);

        using var broken = new Server { PromisedLength = 100 };
        await Assert.ThrowsAsync<ZLayerException>(() => Fetch(broken, "http://host/file"));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_fixture.Store.Cache, "downloads"), "*", SearchOption.AllDirectories));
    }

    [SkippableFact]
    public async Task A_repository_is_checked_out_without_git_directory_and_with_the_commits_time()
    {
        using var server = ServeRepository(out var commit);

        var source = await FetchGit($"{server.Address}/project.git#main");
        using var layer = new MemoryStream();
        var summary = PreparedCopy.Prepare(new CopyRequest { Sources = [source], Destination = "/x" }).WriteLayer(layer, null);
        layer.Position = 0;

        Assert.Equal(["d 0755 0:0 x", "l 0777 0:0 x/link -> one", "f 0644 0:0 x/one 2", "d 0755 0:0 x/sub", "f 0755 0:0 x/sub/tool t"], CopyFixture.List(layer));
        Assert.Equal(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), summary.NewestTime);
        Assert.Equal(40, commit.Length);
    }

    [SkippableFact]
    public async Task Reference_directory_commit_and_checksum_choose_what_is_checked_out()
    {
        using var server = ServeRepository(out var commit);
        var remote = $"{server.Address}/project.git";

        Assert.Equal("1", Read(await FetchGit(remote + "#v1"), "one"));
        Assert.Equal("1", Read(await FetchGit(remote + "#annotated"), "one"));
        Assert.Equal("2", Read(await FetchGit($"{remote}#{commit}"), "one"));
        Assert.Equal("t", Read(await FetchGit(remote + "#main:sub"), "tool"));
        Assert.Equal("2", Read(await FetchGit(remote, new RemoteSourceOptions { Checksum = commit[..10] }), "one"));
        Assert.NotNull((await FetchGit(remote, new RemoteSourceOptions { KeepGitDirectory = true })).Tree.Find(".git/HEAD"));
        Assert.Equal(ZLayerErrorKind.DigestMismatch, (await Assert.ThrowsAsync<ZLayerException>(() => FetchGit(remote, new RemoteSourceOptions { Checksum = "0123456789" }))).Kind);
        Assert.Contains("no reference 'none'", (await Assert.ThrowsAsync<ZLayerException>(() => FetchGit(remote + "#none"))).Message, StringComparison.Ordinal);
        Assert.Contains("no directory 'none'", (await Assert.ThrowsAsync<ZLayerException>(() => FetchGit(remote + "#main:none"))).Message, StringComparison.Ordinal);
        Assert.Contains("cannot read the repository", (await Assert.ThrowsAsync<ZLayerException>(() => FetchGit($"{server.Address}/none.git"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_git_the_error_names_it()
    {
        var sources = new RemoteSources(_fixture.Store, new HttpClient(), new Dictionary<string, string> { ["PATH"] = _fixture.Root });

        var e = await Assert.ThrowsAsync<ZLayerException>(() => sources.FetchAsync("https://host/r.git", new RemoteSourceOptions()));

        Assert.Equal(ZLayerErrorKind.BuilderUnavailable, e.Kind);
        Assert.Equal("git", e.Subject);
    }

    private async Task<CopySource> Fetch(Server server, string url, RemoteSourceOptions? options = null)
    {
        using var client = new HttpClient(server, disposeHandler: false);
        return await new RemoteSources(_fixture.Store, client, ToolPath).FetchAsync(url, options ?? new RemoteSourceOptions { Location = CopyFixture.Location });
    }

    private async Task<CopySource> FetchGit(string source, RemoteSourceOptions? options = null)
    {
        using var client = new HttpClient();
        return await new RemoteSources(_fixture.Store, client, ToolPath).FetchAsync(source, options ?? new RemoteSourceOptions { Location = CopyFixture.Location });
    }

    private static string Read(CopySource source, string name)
    {
        using (source.Tree)
        using (var reader = new StreamReader(source.Tree.OpenRead(source.Tree.Find(name)!)))
        {
            return reader.ReadToEnd();
        }
    }

    private StaticFileServer ServeRepository(out string commit)
    {
        Skip.IfNot(File.Exists("/usr/bin/git"), "git is not installed");
        const string Script = """
            set -e
            export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z' GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
            export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.com GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.com
            mkdir -p www && git init -q -b main work && cd work
            mkdir sub && printf 1 > one && printf t > sub/tool && chmod 755 sub/tool && ln -s one link
            git add -A && git commit -qm first && git tag v1 && git tag -am note annotated
            printf 2 > one && git commit -qam second
            git rev-parse HEAD
            cd .. && git clone -q --bare work www/project.git && git -C www/project.git update-server-info
            """;
        var start = new ProcessStartInfo("/bin/sh", ["-c", Script]) { WorkingDirectory = _fixture.Root, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        commit = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return new StaticFileServer(Path.Combine(_fixture.Root, "www"));
    }

    private sealed class Server : HttpMessageHandler
    {
        public string Content { get; set; } = "content";

        public string? Tag { get; set; }

        public string? Disposition { get; set; }

        public DateTimeOffset? LastModified { get; init; }

        public HttpStatusCode Status { get; init; } = HttpStatusCode.OK;

        public long? PromisedLength { get; init; }

        public int Requests { get; private set; }

        public int Sent { get; private set; }

        public AuthenticationHeaderValue? Authorization { get; private set; }

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Requests++;
            Authorization = request.Headers.Authorization;
            if (Tag is not null && request.Headers.IfNoneMatch.Any(t => t.Tag == Tag))
            {
                return Task.FromResult(new HttpResponseMessage(HttpStatusCode.NotModified));
            }

            Sent++;
            var response = new HttpResponseMessage(Status) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(Content)) };
            response.Headers.ETag = Tag is null ? null : EntityTagHeaderValue.Parse(Tag);
            response.Content.Headers.LastModified = LastModified;
            response.Content.Headers.ContentLength = PromisedLength ?? response.Content.Headers.ContentLength;
            if (Disposition is not null)
            {
                response.Content.Headers.TryAddWithoutValidation("Content-Disposition", Disposition);
            }

            return Task.FromResult(response);
        }
    }
}
