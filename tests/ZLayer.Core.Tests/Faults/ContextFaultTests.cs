using System.Net.Sockets;
using ZLayer.Core.Builds;
using ZLayer.Core.Errors;
using ZLayer.Core.Layers;
using ZLayer.Core.Tests.Builds;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Faults;

/// <summary>Dockerfiles and contexts that are wrong, hostile or on the move.</summary>
public sealed class ContextFaultTests
{
    private const string Secret = "outside the context";

    [Fact]
    public async Task Every_error_of_a_Dockerfile_is_told_at_once()
    {
        await using var fixture = new BuildFixture();
        var error = await FailAsync(fixture, """
            FROM scratch
            COPYY a b
            COPY --chwon=1 a b
            COPY a
            ENV x
            EXPOSE 99999999
            HEALTHCHECK --interval=often CMD x
            RUN --network=hots x
            FROM scratch AS 1bad
            CMD ["a", 1]
            RUN <<EOF
            never ends
            """);
        Assert.Equal(ZLayerErrorKind.DockerfileSyntaxError, error.Kind);
        var told = error.Message + "\n" + string.Join('\n', error.Details);
        foreach (var line in (int[])[2, 3, 4, 5, 6, 7, 8, 9, 11])
        {
            Assert.Contains($"Dockerfile:{line}:", told, StringComparison.Ordinal);
        }

        Assert.Contains("did you mean COPY?", told, StringComparison.Ordinal);
        Assert.False(Directory.Exists(fixture.Engine.Layout.Root), "A Dockerfile that cannot be read needs no data root.");
    }

    [Theory]
    [InlineData("secret.txt", "secret.txt", "secret.txt")]
    [InlineData("a/b/c.txt", "a/b", "a/**/b")]
    [InlineData("a/b/c.txt", "a/b/c.txt", "a")]
    [InlineData("x.log", "x.log", "*.log")]
    public async Task A_source_that_the_ignore_file_hides_is_told_with_the_rule(string file, string source, string rule)
    {
        await using var fixture = new BuildFixture();
        fixture.Write(file, "1");
        fixture.Write(".dockerignore", $"\n{rule}\n");
        var error = await FailAsync(fixture, $"FROM scratch\nCOPY {source} /srv/\n");
        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Contains("Dockerfile:2", error.Message, StringComparison.Ordinal);
        Assert.Contains($".dockerignore:2 \"{rule}\"", error.Message + error.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_is_nowhere_is_not_blamed_on_the_ignore_file()
    {
        await using var fixture = new BuildFixture();
        fixture.Write("present", "1");
        fixture.Write(".dockerignore", "missing\n");
        var error = await FailAsync(fixture, "FROM scratch\nCOPY missing /srv\n");
        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.DoesNotContain(".dockerignore", error.Message + error.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("COPY ../secret /srv/")]
    [InlineData("COPY a/../../secret /srv/")]
    [InlineData("ADD ../secret /srv/")]
    [InlineData("COPY ../secre? /srv/")]
    [InlineData("COPY direct /srv/")]
    [InlineData("COPY relative /srv/")]
    [InlineData("COPY directory/secret /srv/")]
    [InlineData("COPY directory/* /srv/")]
    [InlineData("ADD direct /srv/")]
    public async Task What_lies_outside_the_context_stays_outside(string instruction)
    {
        await using var fixture = new BuildFixture();
        var outside = Outside(fixture);
        fixture.Write("a/b", "1");
        File.CreateSymbolicLink(Path.Combine(fixture.Context, "direct"), Path.Combine(outside, "secret"));
        File.CreateSymbolicLink(Path.Combine(fixture.Context, "relative"), "../outside/secret");
        Directory.CreateSymbolicLink(Path.Combine(fixture.Context, "directory"), outside);
        var error = await FailAsync(fixture, $"FROM scratch\n{instruction}\n");
        Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        Assert.Contains("Dockerfile:2", error.Message, StringComparison.Ordinal);
        AssertNowhere(fixture, Secret);
    }

    [Fact]
    public async Task Links_that_lead_out_of_the_context_are_copied_as_links()
    {
        await using var fixture = new BuildFixture();
        var outside = Outside(fixture);
        File.CreateSymbolicLink(Path.Combine(fixture.Context, "direct"), Path.Combine(outside, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(fixture.Context, "directory"), "../outside");
        var result = await fixture.BuildAsync("FROM scratch\nCOPY . /app\n");
        var files = fixture.Merged(result);
        Assert.Equal(["app", "app/direct", "app/directory"], files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(Path.Combine(outside, "secret"), files["app/direct"].Entry.LinkTarget);
        Assert.Equal("../outside", files["app/directory"].Entry.LinkTarget);
    }

    [Theory]
    [InlineData("../../../../../../etc/target")]
    [InlineData("/etc/target")]
    public async Task Links_of_a_stage_are_resolved_inside_it(string target)
    {
        await using var fixture = new BuildFixture();
        fixture.Write("etc/target", "of the stage");
        File.CreateSymbolicLink(Path.Combine(fixture.Context, "link"), target);
        var result = await fixture.BuildAsync("FROM scratch AS a\nCOPY . /\nFROM scratch\nCOPY --from=a /link /copied\n");
        Assert.Equal("of the stage", fixture.Merged(result)["copied"].Content);
    }

    [Fact]
    public async Task A_link_of_a_stage_does_not_reach_the_machine()
    {
        await using var fixture = new BuildFixture();
        var outside = Outside(fixture);
        File.CreateSymbolicLink(Path.Combine(fixture.Context, "file"), Path.Combine(outside, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(fixture.Context, "directory"), outside);
        foreach (var source in (string[])["/file", "/directory/secret"])
        {
            var error = await FailAsync(fixture, $"FROM scratch AS a\nCOPY . /\nFROM scratch\nCOPY --from=a {source} /copied\n");
            Assert.Equal(ZLayerErrorKind.BuildStepInvalid, error.Kind);
        }

        AssertNowhere(fixture, Secret);
    }

    [SkippableFact]
    public async Task Writing_through_a_link_of_the_image_writes_into_the_image()
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        BuildFixture.AddBase(fixture.Engine);
        var outside = Outside(fixture);
        fixture.Write("planted", "from the context");
        var result = await fixture.BuildAsync(
            $"FROM {BuildFixture.Base}\nRUN ln -s {outside} /out\nCOPY planted /out/\nRUN cat {outside}/planted > /seen\n", new BuildOptions { Network = BuildNetwork.None });
        Assert.Equal("from the context", fixture.Merged(result)["seen"].Content);
        Assert.Equal(["secret"], Directory.EnumerateFileSystemEntries(outside).Select(Path.GetFileName));
    }

    [Theory]
    [InlineData("parent")]
    [InlineData("absolute")]
    [InlineData("link")]
    [InlineData("hard link")]
    [InlineData("absolute hard link")]
    [InlineData("deep parent")]
    public async Task A_hostile_archive_is_refused_or_stays_in_its_directory(string kind)
    {
        await using var fixture = new BuildFixture();
        var outside = Outside(fixture);
        var archive = HostileArchive(kind, outside);
        await File.WriteAllBytesAsync(Path.Combine(fixture.Context, "x.tar"), archive);
        try
        {
            var result = await fixture.BuildAsync("FROM scratch\nADD x.tar /in/here/\n");
            Assert.All(fixture.Files(result), path => Assert.True(path is "in" || path.StartsWith("in/here", StringComparison.Ordinal), path));
        }
        catch (ZLayerException e)
        {
            Assert.True(e.Kind is ZLayerErrorKind.InvalidArchive or ZLayerErrorKind.BuildStepInvalid, e.ToString());
            Assert.Contains("x.tar", e.Message, StringComparison.Ordinal);
        }

        Assert.Equal(["secret"], Directory.EnumerateFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.Equal(Secret, await File.ReadAllTextAsync(Path.Combine(outside, "secret")));
        AssertNowhere(fixture, Secret);
    }

    [SkippableTheory]
    [InlineData("parent")]
    [InlineData("absolute")]
    [InlineData("link")]
    [InlineData("hard link")]
    [InlineData("absolute hard link")]
    [InlineData("deep parent")]
    public async Task A_hostile_layer_never_leaves_its_directory(string kind)
    {
        Skip.IfNot(BuildFixture.CanRun, BuildFixture.WhyNot);
        await using var fixture = new BuildFixture();
        var outside = Outside(fixture);
        fixture.Engine.Layout.EnsureCreated();
        var layer = fixture.Engine.Content.Write(HostileArchive(kind, outside));
        try
        {
            var directory = fixture.Engine.Layers.EnsureDirectory(layer);
            Assert.StartsWith(fixture.Engine.Layout.Layers, directory, StringComparison.Ordinal);
        }
        catch (ZLayerException e)
        {
            Assert.Equal(ZLayerErrorKind.InvalidArchive, e.Kind);
            Assert.Null(fixture.Engine.Layers.FindDirectory(layer));
        }

        Assert.Equal(["secret"], Directory.EnumerateFileSystemEntries(outside).Select(Path.GetFileName));
        Assert.Equal(Secret, await File.ReadAllTextAsync(Path.Combine(outside, "secret")));
        Assert.False(File.Exists(Path.Combine(fixture.Engine.Layout.Layers, "evil")));
    }

    [SkippableFact]
    public async Task A_pipe_in_the_context_does_not_stop_the_build_and_a_socket_becomes_an_empty_file()
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Tests.Layers.Program.Exists("mkfifo"), "needs mkfifo");
        await using var fixture = new BuildFixture();
        fixture.Write("file", "1");
        Tests.Layers.Program.Run("mkfifo", Path.Combine(fixture.Context, "pipe"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(Path.Combine(fixture.Context, "socket")));
        var result = await fixture.BuildAsync("FROM scratch\nCOPY . /app\n").WaitAsync(TimeSpan.FromSeconds(30));
        var files = fixture.Merged(result);
        Assert.Equal(["app", "app/file", "app/pipe", "app/socket"], files.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(TarEntryType.Fifo, files["app/pipe"].Entry.Type);
        Assert.Equal((TarEntryType.File, 0L), (files["app/socket"].Entry.Type, files["app/socket"].Entry.Size));
    }

    [Fact]
    public async Task A_context_that_changes_under_the_build_gives_a_whole_image_or_a_clear_error()
    {
        await using var fixture = new BuildFixture();
        for (var i = 0; i < 40; i++)
        {
            fixture.Write($"files/{i:00}", new string((char)('a' + (i % 26)), 90_000));
        }

        using var stop = new CancellationTokenSource();
        var restless = Task.Run(() => Disturb(fixture.Context, stop.Token));
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var built = 0;
        while (watch.Elapsed < TimeSpan.FromSeconds(3) || built == 0)
        {
            try
            {
                var changing = await fixture.BuildAsync("FROM scratch\nCOPY . /app\n");
                Assert.NotEmpty(fixture.Merged(changing));
                built++;
            }
            catch (ZLayerException e)
            {
                Assert.True(
                    e.Kind is ZLayerErrorKind.BuildStepInvalid or ZLayerErrorKind.BuildStepFailed or ZLayerErrorKind.StorageReadFailed or ZLayerErrorKind.PathNotFound,
                    e.ToString());
                Assert.Contains("files", e.Message, StringComparison.Ordinal);
                built++;
            }
        }

        await stop.CancelAsync();
        await restless;
        var result = await fixture.BuildAsync("FROM scratch\nCOPY . /app\n");
        var files = fixture.Merged(result);
        foreach (var file in Directory.EnumerateFiles(fixture.Context, "*", SearchOption.AllDirectories))
        {
            var path = "app/" + Path.GetRelativePath(fixture.Context, file);
            Assert.Equal(new FileInfo(file).Length, files[path].Entry.Size);
            Assert.Equal(await File.ReadAllTextAsync(file), files[path].Content);
        }

        StoreChecks.AssertWhole(fixture.Engine);
    }

    [SkippableFact]
    public async Task A_directory_without_permission_is_told_by_its_name()
    {
        Skip.IfNot(CommandLine.IsBuilt, CommandLine.WhyNot);
        Skip.IfNot(OperatingSystem.IsLinux() && Environment.UserName == "root" && Tests.Layers.Program.Exists("setpriv"), "needs root and setpriv");
        await using var fixture = new BuildFixture();
        fixture.Write("Dockerfile", "FROM scratch\nCOPY . /app\n");
        fixture.Write("closed/file", "1");
        File.SetUnixFileMode(Path.Combine(fixture.Context, "closed"), UnixFileMode.None);
        OpenToNobody(fixture);
        var ended = await CommandLine.RunAsync(fixture.PathOf("ofnobody"), ["build", fixture.Context], prefix: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        Assert.Equal(1, ended.ExitCode);
        Assert.Contains("'closed'", ended.Error, StringComparison.Ordinal);
        Assert.Contains("advice:", ended.Error, StringComparison.Ordinal);
        Assert.Contains(".dockerignore", ended.Error, StringComparison.Ordinal);

        fixture.Write(".dockerignore", "closed\n");
        ended = await CommandLine.RunAsync(fixture.PathOf("ofnobody"), ["build", fixture.Context], prefix: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]);
        Assert.True(ended.ExitCode == 0, ended.Error);
    }

    internal static void OpenToNobody(BuildFixture fixture)
    {
        const UnixFileMode Everybody = (UnixFileMode)0x1FF;
        File.SetUnixFileMode(Path.GetDirectoryName(fixture.Context)!, Everybody);
        File.SetUnixFileMode(fixture.Context, (UnixFileMode)0x1ED);
        Directory.CreateDirectory(fixture.PathOf("ofnobody"), Everybody);
        File.SetUnixFileMode(fixture.PathOf("ofnobody"), Everybody);
        Tests.Layers.Program.Run("chown", "65534:65534", fixture.PathOf("ofnobody"));
    }

    private static async Task<ZLayerException> FailAsync(BuildFixture fixture, string dockerfile)
        => await Assert.ThrowsAsync<ZLayerException>(() => fixture.BuildAsync(dockerfile));

    private static string Outside(BuildFixture fixture)
    {
        var outside = fixture.PathOf("outside");
        Directory.CreateDirectory(outside);
        File.WriteAllText(Path.Combine(outside, "secret"), Secret);
        File.WriteAllText(fixture.PathOf("secret"), Secret);
        return outside;
    }

    private static byte[] HostileArchive(string kind, string outside)
        => kind switch
        {
            "parent" => [.. Tars.Member("../evil", '0', "evil"u8.ToArray()), .. Tars.End],
            "deep parent" => [.. Tars.Member("a/../../../../../../../../../../tmp/../" + outside.TrimStart('/') + "/evil", '0', "evil"u8.ToArray()), .. Tars.End],
            "absolute" => [.. Tars.Member(outside + "/evil", '0', "evil"u8.ToArray()), .. Tars.End],
            "link" => [.. Tars.Header("d", '2', outside), .. Tars.Member("d/evil", '0', "evil"u8.ToArray()), .. Tars.Member("d/secret", '0', "evil"u8.ToArray()), .. Tars.End],
            "hard link" => [.. Tars.Header("h", '1', "../../../../../../../../../../../.." + outside + "/secret"), .. Tars.Member("h", '0', "evil"u8.ToArray()), .. Tars.End],
            _ => [.. Tars.Header("h", '1', outside + "/secret"), .. Tars.End],
        };

    private static void AssertNowhere(BuildFixture fixture, string text)
    {
        foreach (var file in Directory.EnumerateFiles(fixture.Engine.Layout.Blobs, "*", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain(text, File.ReadAllText(file), StringComparison.Ordinal);
        }
    }

    // Files grow, shrink, vanish, come back and become directories.
    private static void Disturb(string context, CancellationToken stop)
    {
        var random = new Random(7);
        while (!stop.IsCancellationRequested)
        {
            var path = Path.Combine(context, $"files/{random.Next(40):00}");
            switch (random.Next(4))
            {
                case 0:
                    File.WriteAllText(path, new string('x', random.Next(90_000)));
                    break;
                case 1:
                    File.Delete(path);
                    break;
                case 2:
                    using (var file = new FileStream(path, FileMode.OpenOrCreate))
                    {
                        file.SetLength(random.Next(90_000));
                    }

                    break;
                default:
                    File.Delete(path);
                    Directory.CreateDirectory(path);
                    Thread.Yield();
                    Directory.Delete(path);
                    break;
            }
        }
    }
}
