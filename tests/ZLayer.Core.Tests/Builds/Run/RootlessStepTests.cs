using System.Globalization;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Tests.Builds.Run;

public sealed class RootlessStepTests
{
    [SkippableFact]
    public async Task An_ordinary_user_runs_steps_as_root_of_a_namespace()
    {
        await using var fixture = StepFixture.Create();
        using var user = OrdinaryUser.Find();

        var lines = await RunAsync(fixture, user, StepNetwork.None, "id -u; touch /mine /theirs; chown 33:44 /theirs; stat -c %u /theirs; rm /bin/awk; cat /run/secrets/s; echo; echo x > /writable/new; ls /proc/1 >/dev/null");

        Assert.Equal(["0", "33", "secret", "exit: 0"], lines);
        var upper = Path.Combine(user.Directory, "upper");
        Assert.Equal(["bin", "mine", "theirs"], Directory.EnumerateFileSystemEntries(upper).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Equal($"{user.Uid}", Owner(Path.Combine(upper, "mine")));
        Assert.Equal($"{user.FirstSubordinate + 33 - 1}", Owner(Path.Combine(upper, "theirs")));
        Assert.True(LinuxFiles.Look(Path.Combine(upper, "bin/awk")) is { IsWhiteout: true });
        Assert.Equal([upper], Directory.EnumerateFileSystemEntries(user.Directory));
    }

    [SkippableFact]
    public async Task An_ordinary_users_step_may_have_another_user()
    {
        await using var fixture = StepFixture.Create();
        using var user = OrdinaryUser.Find();

        var lines = await RunAsync(fixture, user, StepNetwork.Host, "echo $(id -u):$(id -g); grep CapEff /proc/self/status | tr -dc 0-9; echo", "1000:1000");

        Assert.Equal(["1000:1000", "0000000000000000", "exit: 0"], lines);
    }

    [SkippableFact]
    public async Task A_builder_that_is_root_of_a_namespace_already_uses_that()
    {
        await using var fixture = StepFixture.Create();
        using var user = OrdinaryUser.Find();

        var lines = await RunAsync(
            fixture, user, StepNetwork.None, "id -u; touch /theirs; chown 33:44 /theirs; cat /proc/self/uid_map | tr -s ' '", "", "unshare", "--user", "--map-auto", "--map-root-user");

        Skip.If(lines.Count == 0, "unshare cannot map ranges (util-linux 2.38 or newer)");
        Assert.Equal("0", lines[0]);
        Assert.Contains(lines, line => line.StartsWith($" 0 {user.Uid} 1", StringComparison.Ordinal));
        Assert.Equal("exit: 0", lines[^1]);
        Assert.NotEqual("33", Owner(Path.Combine(user.Directory, "upper/theirs")));
    }

    [SkippableFact]
    public async Task An_ordinary_users_step_has_a_network_or_a_warning()
    {
        await using var fixture = StepFixture.Create();
        using var user = OrdinaryUser.Find();

        var lines = await RunAsync(fixture, user, StepNetwork.Default, "readlink /proc/self/ns/net");

        var own = new FileInfo("/proc/self/ns/net").LinkTarget!;
        Assert.Equal("exit: 0", lines[^1]);
        Assert.True(lines.Any(line => line.StartsWith("warning: RUN steps use the network of the machine", StringComparison.Ordinal)) == lines.Contains(own));
    }

    [SkippableFact]
    public async Task An_ordinary_user_builds_and_removes_an_image_with_files_of_several_owners()
    {
        await using var fixture = StepFixture.Create();
        using var user = OrdinaryUser.Find();
        var program = Path.Combine(Repository.Root, "out/cli/zlayer");
        Skip.IfNot(File.Exists(program), "the command line is not built");
        File.SetUnixFileMode(fixture.Directory, (UnixFileMode)0b111_101_101);
        File.WriteAllText(
            Path.Combine(fixture.Base, "Dockerfile"),
            "FROM scratch\nCOPY . /\nRUN echo secret > /theirs && chown 33:44 /theirs && chmod 600 /theirs && rm -r /lib; mkdir /lib && touch /lib/new\nRUN stat -c '%u:%g %a' /theirs; ls /lib; cat /theirs\n");
        Directory.CreateDirectory(Path.Combine(fixture.Base, "lib/old"));

        var built = await user.RunAsync(program, "build", "--network", "none", "--progress", "plain", "-t", "rootless/test", fixture.Base);
        var removed = await user.RunAsync(program, "rmi", "rootless/test");
        var pruned = await user.RunAsync(program, "prune", "--all");

        Skip.If(built.Output.Contains("Cannot make a user namespace", StringComparison.Ordinal), "the machine has no user namespaces for users");
        Assert.Contains("33:44 600\n", built.Output);
        Assert.Contains(" new\n", built.Output);
        Assert.DoesNotContain(" old\n", built.Output);
        Assert.Contains(" secret\n", built.Output);
        Assert.Equal((0, 0, 0), (built.ExitCode, removed.ExitCode, pruned.ExitCode));
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(user.Directory, ".local/share/zlayer/layers")));
    }

    private static async Task<IReadOnlyList<string>> RunAsync(StepFixture fixture, OrdinaryUser user, StepNetwork network, string script, string stepUser = "", params string[] inside)
    {
        File.SetUnixFileMode(fixture.Directory, (UnixFileMode)0b111_101_101);
        StepFixture.Output("chown", "-R", $"{user.Uid}:{user.Gid}", fixture.Base);
        using var builder = OtherBuilder.Start(fixture, user.Directory, script, network, [.. user.Prefix, .. inside], stepUser);
        var text = await builder.StandardOutput.ReadToEndAsync();
        await builder.WaitForExitAsync();
        Skip.If(text.Contains("Cannot make a user namespace", StringComparison.Ordinal), "the machine has no user namespaces for users");
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static string Owner(string path) => StepFixture.Output("stat", "-c", "%u", path).Trim();

    /// <summary>A user with subordinate ids: one that is there, or one made for the test.</summary>
    private sealed class OrdinaryUser : IDisposable
    {
        private const string OwnName = "zlayertest";
        private readonly bool _made;

        private OrdinaryUser(string name, long firstSubordinate, bool made)
        {
            Name = name;
            FirstSubordinate = firstSubordinate;
            Uid = uint.Parse(StepFixture.Output("id", "-u", name), CultureInfo.InvariantCulture);
            Gid = uint.Parse(StepFixture.Output("id", "-g", name), CultureInfo.InvariantCulture);
            _made = made;
            Directory = System.IO.Directory.CreateTempSubdirectory("zlayer-rootless-").FullName;
            StepFixture.Output("chown", $"{Uid}:{Gid}", Directory);
        }

        public string Name { get; }

        public uint Uid { get; }

        public uint Gid { get; }

        public long FirstSubordinate { get; }

        public string Directory { get; }

        public IEnumerable<string> Prefix => ["setpriv", $"--reuid={Uid}", $"--regid={Gid}", "--init-groups", "env", $"HOME={Directory}"];

        public async Task<(int ExitCode, string Output)> RunAsync(params string[] command)
        {
            string[] words = ["-c", "exec \"$@\" 2>&1", "sh", .. Prefix, .. command];
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("/bin/sh", words) { RedirectStandardOutput = true, WorkingDirectory = "/" })!;
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            return (process.ExitCode, output);
        }

        public static OrdinaryUser Find()
        {
            Skip.IfNot(File.Exists("/usr/bin/newuidmap"), "needs newuidmap (package uidmap)");
            var made = Range() is null;
            if (made)
            {
                StepFixture.Output("useradd", "--no-create-home", OwnName);
            }

            var range = Range();
            Skip.If(range is null, "there is no user with subordinate ids, and none can be made");
            return new OrdinaryUser(range!.Value.Name, range.Value.First, made);
        }

        public void Dispose()
        {
            System.IO.Directory.Delete(Directory, recursive: true);
            if (_made)
            {
                StepFixture.Output("userdel", OwnName);
            }
        }

        private static (string Name, long First)? Range()
        {
            var rows = File.Exists("/etc/subuid") ? File.ReadLines("/etc/subuid").Select(line => line.Split(':')).Where(row => row.Length == 3) : [];
            var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')[0]).ToHashSet();
            var row = rows.FirstOrDefault(row => users.Contains(row[0]) && row[0] != "root");
            return row is null ? null : (row[0], long.Parse(row[1], CultureInfo.InvariantCulture));
        }
    }
}
