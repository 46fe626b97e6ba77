using System.Text.Json.Nodes;
using ZLayer.Core.Errors;
using ZLayer.Core.Registries;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Registries;

public sealed class DockerConfigCredentialsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("zlayer-config-");

    private string Path => System.IO.Path.Combine(_directory.FullName, "config.json");

    [SkippableFact]
    public async Task A_file_that_is_a_pipe_does_not_hold_up_who_cancels()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "Linux only");
        using var directory = new Layers.TemporaryDirectory();
        var path = directory.Combine("config.json");
        Layers.Linux.MakeNode(path, ZLayer.Core.Foundation.Linux.LinuxFileStatus.Fifo);
        using var stop = new CancellationTokenSource();

        var finding = Task.Run(() => new DockerConfigCredentials(path).FindAsync("registry.example", stop.Token).AsTask());
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => finding.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Theory]
    [InlineData("""{"auths":{"reg.example:5000":{"auth":"YWxpOnM6M2NyZXQ="}}}""", "reg.example:5000")]
    [InlineData("""{"auths":{"https://reg.example:5000":{"auth":"YWxpOnM6M2NyZXQ="}}}""", "reg.example:5000")]
    [InlineData("""{"auths":{"http://reg.example:5000/v2/":{"auth":"YWxpOnM6M2NyZXQ="}}}""", "reg.example:5000")]
    [InlineData("""{"auths":{"reg.example:5000":{"username":"ali","password":"s:3cret"}}}""", "REG.example:5000")]
    [InlineData("""{"auths":{"https://index.docker.io/v1/":{"auth":"YWxpOnM6M2NyZXQ="}}}""", "docker.io")]
    [InlineData("""{"auths":{"docker.io":{"auth":"YWxpOnM6M2NyZXQ="}}}""", "docker.io")]
    [InlineData("""{"auths":{"registry-1.docker.io":{"auth":"YWxpOnM6M2NyZXQ="}}}""", "index.docker.io")]
    [InlineData("""/* a comment */ {"auths":{"docker.io":{},"https://index.docker.io/v1/":{"auth":"YWxpOnM6M2NyZXQ="}},}""", "docker.io")]
    public async Task A_credential_is_found_in_every_spelling(string json, string registry)
    {
        File.WriteAllText(Path, json);

        var credential = await new DockerConfigCredentials(Path).FindAsync(registry);

        Assert.Equal(("ali", "s:3cret"), (credential!.Username, credential.Secret));
        Assert.Equal("ali", credential.ToString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"auths":{"other.example":{"auth":"YWxpOnM6M2NyZXQ="}}}""")]
    [InlineData("""{"auths":{"reg.example":{}}}""")]
    [InlineData("""{"auths":{"reg.example":{"auth":"%%%"}}}""")]
    [InlineData("""{"auths":null,"credHelpers":null}""")]
    [InlineData("")]
    public async Task Where_nothing_fits_there_is_no_credential(string json)
    {
        File.WriteAllText(Path, json);

        Assert.Null(await new DockerConfigCredentials(Path).FindAsync("reg.example"));
    }

    [Theory]
    [InlineData("""{"auths":[]}""", "'auths' is not an object")]
    [InlineData("""{"credHelpers":7}""", "'credHelpers' is not an object")]
    [InlineData("""{"credHelpers":{"reg.example":true}}""", "an entry of 'credHelpers' is not a text")]
    [InlineData("""{"credsStore":{}}""", "'credsStore' is not a text")]
    [InlineData("""{"auths":{"reg.example":"YWxpOnM6M2NyZXQ="}}""", "an entry of 'auths' is not an object")]
    [InlineData("""{"auths":{"reg.example":{"auth":7}}}""", "a credential of 'auths' is not a text")]
    [InlineData("""{"auths":{"reg.example":{"auth":"\ud800"}}}""", "it is not valid JSON (line 1)")]
    [InlineData("[]", "it is not a JSON object")]
    public async Task What_is_of_another_type_is_told_and_not_taken_for_absent(string json, string why)
    {
        File.WriteAllText(Path, json);

        var error = await Assert.ThrowsAsync<ZLayerException>(async () => await new DockerConfigCredentials(Path).FindAsync("reg.example"));

        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.Contains(why, error.Message);
        Assert.DoesNotContain("YWxp", error.ToString());
    }

    [Fact]
    public async Task Of_two_entries_of_one_name_the_last_one_counts()
    {
        File.WriteAllText(Path, """{"auths":{"reg.example":{},"reg.example":{"username":"ali","password":"s:3cret"}},"auths":{"reg.example":{"username":"bo","password":"p"}}}""");

        Assert.Equal("bo", (await new DockerConfigCredentials(Path).FindAsync("reg.example"))!.Username);
    }

    [Fact]
    public async Task A_file_that_does_not_exist_has_none_and_a_damaged_one_says_where_without_its_text()
    {
        var credentials = new DockerConfigCredentials(Path);
        Assert.Null(await credentials.FindAsync("reg.example"));

        File.WriteAllText(Path, "{\"auths\":\n{\"reg.example\":{\"auth\":topsecret}}}");
        var error = await Assert.ThrowsAsync<ZLayerException>(async () => await credentials.FindAsync("reg.example"));

        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.Contains("line 2", error.Message);
        Assert.DoesNotContain("topsecret", error.ToString());
    }

    [Theory]
    [InlineData("team/app/web", "app")]
    [InlineData("team/app", "app")]
    [InlineData("team/application", "team")]
    [InlineData("team", "team")]
    [InlineData("other/app", "all")]
    [InlineData(null, "all")]
    public async Task The_longest_key_that_a_repository_begins_with_counts(string? repository, string user)
    {
        File.WriteAllText(Path, $$$"""
            {"auths":{
              "reg.example/team/app":{"auth":"{{{Pack("app")}}}"},
              "reg.example/team":{"auth":"{{{Pack("team")}}}"},
              "https://reg.example/v2/":{"auth":"{{{Pack("all")}}}"},
              "docker.io/library/one":{"auth":"{{{Pack("one")}}}"}
            }}
            """);

        Assert.Equal(user, (await new DockerConfigCredentials(Path).FindAsync("reg.example", repository, default))?.Username);
        Assert.Null(await new DockerConfigCredentials(Path).FindAsync("docker.io"));
    }

    private static string Pack(string user) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(user + ":x"));

    [Fact]
    public async Task Tokens_are_read()
    {
        File.WriteAllText(Path, """{"auths":{"a.example":{"auth":"MDA6","identitytoken":"idt"},"b.example":{"registrytoken":"rgt"}}}""");
        var credentials = new DockerConfigCredentials(Path);

        Assert.Equal("idt", (await credentials.FindAsync("a.example"))!.IdentityToken);
        Assert.Equal("rgt", (await credentials.FindAsync("b.example"))!.RegistryToken);
    }

    [Fact]
    public async Task Saving_keeps_unknown_members_and_the_file_is_the_owners_alone()
    {
        File.WriteAllText(Path, """{"HttpHeaders":{"X":"y"},"auths":{"https://reg.example":{"auth":"b2xkOm9sZA=="},"other.example":{"auth":"YTpi"}},"psFormat":"x"}""");
        var credentials = new DockerConfigCredentials(Path);

        await credentials.SaveAsync("reg.example", RegistryCredential.FromPassword("ali", "new:secret"));

        var json = JsonNode.Parse(File.ReadAllText(Path))!;
        Assert.Equal("y", (string?)json["HttpHeaders"]!["X"]);
        Assert.Equal("x", (string?)json["psFormat"]);
        Assert.Equal(["other.example", "reg.example"], json["auths"]!.AsObject().Select(p => p.Key).Order());
        Assert.Equal("new:secret", (await credentials.FindAsync("reg.example"))!.Secret);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
        }

        Assert.Single(_directory.GetFiles());
    }

    [Fact]
    public async Task Docker_hub_is_saved_under_the_key_that_docker_reads_and_erased_in_every_spelling()
    {
        var credentials = new DockerConfigCredentials(System.IO.Path.Combine(_directory.FullName, "new", "config.json"));

        await credentials.SaveAsync("docker.io", RegistryCredential.FromPassword("ali", "x"));

        Assert.Contains("https://index.docker.io/v1/", File.ReadAllText(System.IO.Path.Combine(_directory.FullName, "new", "config.json")));
        Assert.Equal(["docker.io"], credentials.GetRegistries());
        Assert.True(await credentials.EraseAsync("registry-1.docker.io"));
        Assert.False(await credentials.EraseAsync("docker.io"));
        Assert.Null(await credentials.FindAsync("docker.io"));
    }

    [SkippableFact]
    public async Task Helpers_are_asked_told_and_made_to_forget()
    {
        var helpers = WriteHelper("vault");
        File.WriteAllText(Path, """{"credsStore":"vault","auths":{"reg.example":{}}}""");
        var credentials = new DockerConfigCredentials(Path, [helpers]);

        Assert.Null(await credentials.FindAsync("reg.example"));
        await credentials.SaveAsync("reg.example", RegistryCredential.FromPassword("ali", "kept outside"));

        Assert.Equal("kept outside", (await credentials.FindAsync("reg.example"))!.Secret);
        Assert.DoesNotContain("kept outside", File.ReadAllText(Path));
        Assert.True(await credentials.EraseAsync("reg.example"));
        Assert.Null(await credentials.FindAsync("reg.example"));
    }

    [Fact]
    public async Task No_secret_is_an_argument_of_a_helper_or_in_its_environment()
    {
        var helpers = Directory.CreateDirectory(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, "spies")).FullName;
        var (program, seen) = (System.IO.Path.Combine(helpers, "docker-credential-spy"), System.IO.Path.Combine(helpers, "seen"));
        Programs.WriteScript(program, $"#!/bin/sh\necho \"$@\" >> {seen}\nenv >> {seen}\ncat > /dev/null\n");
        File.WriteAllText(Path, """{"credsStore":"spy"}""");

        await new DockerConfigCredentials(Path, [helpers]).SaveAsync("reg.example", RegistryCredential.FromPassword("ali", "very-secret-word"));

        Assert.StartsWith("store", File.ReadAllText(seen));
        Assert.DoesNotContain("very-secret-word", File.ReadAllText(seen));
        Assert.DoesNotContain("very-secret-word", File.ReadAllText(Path));
    }

    [SkippableFact]
    public async Task A_helper_of_one_registry_comes_before_the_store_and_may_give_an_identity_token()
    {
        var helpers = WriteHelper("one");
        File.WriteAllText(Path, """{"credsStore":"absent","credHelpers":{"reg.example":"one"}}""");
        File.WriteAllText(System.IO.Path.Combine(helpers, "one.db"), """{"ServerURL":"reg.example","Username":"<token>","Secret":"idt"}""");

        var credential = await new DockerConfigCredentials(Path, [helpers]).FindAsync("reg.example");

        Assert.Equal(("idt", (string?)null), (credential!.IdentityToken, credential.Username));
    }

    [Theory]
    [InlineData("surely-not-installed")]
    [InlineData("../../bin/sh")]
    public async Task A_helper_that_cannot_be_started_is_named(string helper)
    {
        File.WriteAllText(Path, $$"""{"credsStore":"{{helper}}"}""");

        var error = await Assert.ThrowsAsync<ZLayerException>(async () => await new DockerConfigCredentials(Path).FindAsync("reg.example"));

        Assert.Equal(ZLayerErrorKind.BuilderUnavailable, error.Kind);
        Assert.Contains("docker-credential-" + helper, error.Message);
    }

    [SkippableFact]
    public async Task A_helper_that_prints_nonsense_is_not_quoted()
    {
        var helpers = WriteHelper("mad");
        File.WriteAllText(Path, """{"credsStore":"mad"}""");
        File.WriteAllText(System.IO.Path.Combine(helpers, "mad.db"), """{"Secret": "abc""");

        var error = await Assert.ThrowsAsync<ZLayerException>(async () => await new DockerConfigCredentials(Path, [helpers]).FindAsync("reg.example"));

        Assert.Contains("not JSON", error.Message);
        Assert.DoesNotContain("abc", error.ToString());
    }

    [SkippableFact]
    public async Task Logins_are_listed_in_the_order_in_which_they_count_and_without_secrets()
    {
        var helpers = WriteHelper("lister");
        var seen = System.IO.Path.Combine(helpers, "verbs");
        Programs.WriteScript(System.IO.Path.Combine(helpers, "docker-credential-lister"), $$"""
            #!/bin/sh
            cat >/dev/null
            echo "$1" >> "{{seen}}"
            [ "$1" = list ] && echo '{"https://index.docker.io/v1/":"ali","reg.example":"<token>","strange.example/v2/x":"no","own.example":"other"}'
            """);
        File.WriteAllText(Path, """
            {
              "auths": {
                "z.example": {}, "reg.example": {"auth":"YWxpOnM6M2NyZXQ="}, "reg.example/team": {"auth":"Ym9iOnM6M2NyZXQ="}, "a.example": {"identitytoken":"idt"}
              },
              "credsStore": "lister", "credHelpers": {"own.example": "missing"}
            }
            """);
        var warnings = new List<string>();

        var logins = await new DockerConfigCredentials(Path, [helpers]).ListAsync(warnings.Add);

        Assert.Equal(
            ["reg.example/team=bob File", "docker.io/=ali Helper", "reg.example/= Helper", "a.example/= File", "reg.example/=ali File"],
            logins.Select(login => $"{login.Registry}/{login.Repository}={login.Username} {login.Source}"));
        Assert.Equal("docker-credential-lister", logins[1].Helper);
        Assert.All(logins, login => Assert.Equal(Path, login.Path));
        Assert.Contains("docker-credential-missing", Assert.Single(warnings));
        Assert.Equal("list\n", await File.ReadAllTextAsync(seen));
        Assert.All(logins, login => Assert.DoesNotContain("3cret", $"{login.Username}{login.Path}{login.Helper}"));
    }

    [SkippableFact]
    public async Task A_list_that_is_not_JSON_is_a_warning_that_does_not_show_it()
    {
        var helpers = WriteHelper("mad");
        Programs.WriteScript(System.IO.Path.Combine(helpers, "docker-credential-mad"), "#!/bin/sh\necho '{\"Secret\": \"abc'\n");
        File.WriteAllText(Path, """{"credsStore":"mad","auths":{"reg.example":{"auth":"YWxpOnM6M2NyZXQ="}}}""");
        var warnings = new List<string>();

        var logins = await new DockerConfigCredentials(Path, [helpers]).ListAsync(warnings.Add);

        Assert.Equal("reg.example", Assert.Single(logins).Registry);
        Assert.DoesNotContain("abc", Assert.Single(warnings));
    }

    [Fact]
    public async Task The_login_that_counts_is_marked()
    {
        var further = System.IO.Path.Combine(_directory.FullName, "auth.json");
        File.WriteAllText(Path, """{"auths":{"reg.example":{"auth":"YWxpOnM6M2NyZXQ="},"two.example/team":{"auth":"YWxpOnM6M2NyZXQ="}}}""");
        File.WriteAllText(further, """{"auths":{"reg.example":{"auth":"Ym9iOnM6M2NyZXQ="},"reg.example/team":{"auth":"Ym9iOnM6M2NyZXQ="},"two.example":{"auth":"Ym9iOnM6M2NyZXQ="}}}""");
        await using var engine = new ZLayerEngine(new ZLayerEngineOptions
        {
            Root = System.IO.Path.Combine(_directory.FullName, "root"), DockerConfigDirectory = _directory.FullName, FurtherAuthFiles = [further],
        });
        engine.Credentials.Set("session.example", RegistryCredential.FromPassword("eve", "s:3cret"));

        var logins = await engine.ListLoginsAsync();

        Assert.Equal(
            ["session.example/ eve True", "two.example/team ali True", "reg.example/ ali True", "reg.example/team bob False", "reg.example/ bob False", "two.example/ bob True"],
            logins.Select(login => $"{login.Registry}/{login.Repository} {login.Username} {login.IsUsed}"));
    }

    public void Dispose() => _directory.Delete(recursive: true);

    // Keeps one credential in a file beside it.
    private string WriteHelper(string name)
    {
        Skip.If(OperatingSystem.IsWindows(), "the helper of this test is a shell script");
        var program = System.IO.Path.Combine(_directory.CreateSubdirectory("bin").FullName, "docker-credential-" + name);
        Programs.WriteScript(program, $$"""
            #!/bin/sh
            db="$(dirname "$0")/{{name}}.db"
            case "$1" in
              get) server=$(cat); [ -f "$db" ] || { echo "credentials not found in native keychain"; exit 1; }; cat "$db";;
              store) cat > "$db";;
              erase) cat >/dev/null; rm -f "$db";;
              *) exit 2;;
            esac
            """);
        return System.IO.Path.GetDirectoryName(program)!;
    }
}
