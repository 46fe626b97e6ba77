using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.Core.Runtimes.Docker.Wire;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Runtimes.Docker;

/// <summary>The client against engines that cannot be had: old, slow, broken ones, and what is no engine.</summary>
public sealed class DockerClientTests
{
    private static readonly EnginePurpose Purpose = EnginePurpose.ForContainer("inspect", "web");
    private static readonly EngineRequest Inspect = EngineRequest.Get($"containers/{"web"}/json", Purpose);
    private static readonly JsonTypeInfo<EngineVersion> Json = EngineJson.Default.EngineVersion;

    [Theory]
    [InlineData("1.41", "/v1.41/")]
    [InlineData("1.24", "/v1.24/")]
    [InlineData("1.51", "/v1.51/")]
    [InlineData("1.99", "/v1.51/")]
    [InlineData("2.0", "/v1.51/")]
    public async Task The_newest_version_that_both_know_is_spoken(string offered, string spoken)
    {
        await using var engine = new ScriptedEngine(r => r.AnswerAsync(ScriptedEngine.Answer(200, "{}", $"Api-Version: {offered}\r\n"), keepOpen: true));
        await using var client = Client(engine);

        await client.GetAsync(Inspect, Json, default);
        await client.GetAsync(Inspect, Json, default);

        Assert.Equal(["GET /_ping HTTP/1.1", $"GET {spoken}containers/web/json HTTP/1.1", $"GET {spoken}containers/web/json HTTP/1.1"], engine.Requests);
        Assert.Equal(1, engine.Connections);
    }

    [Fact]
    public async Task A_version_that_is_given_is_spoken_unasked()
    {
        await using var engine = new ScriptedEngine(ScriptedEngine.Answer(200, "{}"));
        await using var client = Client(engine, new DockerClientOptions { ApiVersion = new ApiVersion(1, 30) });

        await client.GetAsync(Inspect, Json, default);

        Assert.Equal(["GET /v1.30/containers/web/json HTTP/1.1"], engine.Requests);
    }

    [Fact]
    public async Task An_engine_that_greets_without_a_version_is_asked_for_it()
    {
        await using var engine = new ScriptedEngine(r => r.AnswerAsync(ScriptedEngine.Answer(200, r.IsPing ? "OK" : """{"ApiVersion":"1.25"}""", "X: Api-Version\r\n"), keepOpen: true));
        await using var client = Client(engine);

        Assert.Equal(new ApiVersion(1, 25), await client.GetApiVersionAsync(default));
        Assert.Equal(["GET /_ping HTTP/1.1", "GET /version HTTP/1.1"], engine.Requests);
    }

    [Fact]
    public async Task An_engine_before_time_is_too_old()
    {
        await using var engine = new ScriptedEngine(ScriptedEngine.Answer(200, "OK", "Api-Version: 1.12\r\n"));

        var error = await FailAsync(engine);

        Assert.Equal(ZLayerErrorKind.RuntimeApiTooOld, error.Kind);
        Assert.Contains("1.12", error.Message);
        Assert.Contains("inspect the container 'web'", error.Message);
    }

    [Fact]
    public async Task An_option_names_the_version_that_it_needs()
    {
        await using var engine = new ScriptedEngine(ScriptedEngine.Answer(200, "{}"));
        await using var client = Client(engine);

        await client.RequireAsync(new ApiVersion(1, 41), "An annotation", default);
        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.RequireAsync(new ApiVersion(1, 43), "An annotation", default).AsTask());

        Assert.Equal(ZLayerErrorKind.RuntimeApiTooOld, error.Kind);
        Assert.Contains("An annotation needs version 1.43", error.Message);
        Assert.Contains("1.41", error.Message);
    }

    [Fact]
    public async Task A_container_that_an_older_engine_does_not_connect_to_all_its_networks_goes_again()
    {
        await using var engine = new ScriptedEngine(r => r.AnswerAsync(
            r.Line.Contains("/connect", StringComparison.Ordinal) ? ScriptedEngine.Answer(403, """{"message":"address pool is exhausted"}""")
            : r.Line.StartsWith("DELETE", StringComparison.Ordinal) ? ScriptedEngine.Answer(204, "")
            : ScriptedEngine.Answer(201, """{"Id":"c1"}""")));
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });
        var specification = new ContainerSpecification { Image = "busybox", Name = "web", Network = "front", FurtherNetworks = [new() { Name = "back" }] };

        var error = await Assert.ThrowsAsync<ZLayerException>(() => runtime.CreateContainerAsync(specification));

        Assert.Contains("connect the new container to the network back", error.Message);
        Assert.Contains("address pool is exhausted", error.Message);
        Assert.Equal(["POST", "POST", "DELETE"], engine.Requests.Skip(1).Select(line => line.Split(' ')[0]));
    }

    [Theory]
    [InlineData(true, "OCI runtime exec failed: exec failed: cannot exec here", ZLayerErrorKind.CommandStartFailed)]
    [InlineData(false, "OCI runtime exec failed: exec failed: cannot exec here", ZLayerErrorKind.ContainerNotRunning)]
    [InlineData(true, "Error: runc: exec failed: cannot exec here: OCI permission denied\nError: read unixpacket @->/proc/self/fd/14/attach: reset", ZLayerErrorKind.CommandStartFailed)]
    public async Task A_command_that_cannot_start_is_blamed_only_while_its_container_runs(bool runs, string failure, ZLayerErrorKind kind)
    {
        var state = runs ? """{"Status":"running","Running":true}""" : """{"Status":"exited","Running":false,"ExitCode":137}""";
        await using var engine = new ScriptedEngine(async r =>
        {
            if (r.Line.Contains("/start ", StringComparison.Ordinal))
            {
                _ = await r.Stream.ReadAsync(new byte[4096]);
                await r.WriteAsync($"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n{failure}");
                return false;
            }

            return await r.AnswerAsync(
                r.Line.Contains("/containers/web/exec", StringComparison.Ordinal) ? ScriptedEngine.Answer(201, """{"Id":"e1"}""")
                : r.Line.Contains("/exec/e1/json", StringComparison.Ordinal) ? ScriptedEngine.Answer(200, """{"ID":"e1","Running":false,"ExitCode":126,"Pid":0}""")
                : ScriptedEngine.Answer(200, $$$"""{"Id":"c1","Name":"/web","Created":"2026-01-01T00:00:00Z","Image":"sha256:{{{new string('a', 64)}}}","Config":{"Image":"busybox"},"HostConfig":{},"State":{{{state}}}}"""));
        });
        await using var runtime = new DockerRuntime(new DockerRuntimeOptions { Host = engine.Host });

        var error = await Assert.ThrowsAsync<ZLayerException>(() => runtime.ExecAsync("web", new ExecOptions { Command = ["true"], Tty = true }));

        Assert.Equal(kind, error.Kind);
        Assert.Contains("cannot exec here", error.Message);
        Assert.DoesNotContain("unixpacket", error.Message);
    }

    [Fact]
    public async Task An_engine_that_was_replaced_by_an_older_one_is_greeted_again()
    {
        var versions = new Queue<string>(["1.51", "1.41"]);
        await using var engine = new ScriptedEngine(r => r.AnswerAsync(
            r.IsPing ? ScriptedEngine.Answer(200, "OK", $"Api-Version: {versions.Dequeue()}\r\n")
            : r.Line.Contains("v1.41", StringComparison.Ordinal) ? ScriptedEngine.Answer(200, "{}")
            : ScriptedEngine.Answer(400, """{"message":"client version 1.51 is too new. Maximum supported API version is 1.41"}""")));
        await using var client = Client(engine);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetAsync(Inspect, Json, default));
        Assert.Equal(ZLayerErrorKind.RuntimeApiTooOld, error.Kind);
        await client.GetAsync(Inspect, Json, default);
    }

    [Theory]
    [InlineData(404, "No such container: web", ZLayerErrorKind.ContainerNotFound)]
    [InlineData(404, "page not found", ZLayerErrorKind.ContainerNotFound)]
    [InlineData(404, "No such image: web:latest", ZLayerErrorKind.ImageNotFound)]
    [InlineData(404, "Could not find the file /x in container web", ZLayerErrorKind.ContainerPathNotFound)]
    [InlineData(404, "network front not found", ZLayerErrorKind.InvalidArgument)]
    [InlineData(409, "Conflict. The container name \"/web\" is already in use by container \"abc\".", ZLayerErrorKind.NameInUse)]
    [InlineData(409, "Container abc is not running", ZLayerErrorKind.ContainerNotRunning)]
    [InlineData(409, "You cannot remove a running container abc. Stop the container before attempting removal or force remove", ZLayerErrorKind.ContainerRunning)]
    [InlineData(409, "conflict: unable to remove repository reference \"x\" (must force) - container abc is using its referenced image def", ZLayerErrorKind.ImageInUse)]
    [InlineData(409, "conflict: unable to delete def (cannot be forced) - image has dependent child images", ZLayerErrorKind.ImageInUse)]
    [InlineData(409, "Container abc is already paused", ZLayerErrorKind.InvalidArgument)]
    [InlineData(400, "invalid thing", ZLayerErrorKind.InvalidArgument)]
    [InlineData(403, "no", ZLayerErrorKind.AccessDenied)]
    [InlineData(500, "driver failed", ZLayerErrorKind.RuntimeError)]
    [InlineData(500, "no container with name or ID \"web\" found: no such container", ZLayerErrorKind.ContainerNotFound)]
    [InlineData(500, "container create: running container create option: names must match [a-z]*: invalid argument", ZLayerErrorKind.InvalidArgument)]
    [InlineData(500, "can only kill running containers. abc is in state stopped: container state improper", ZLayerErrorKind.ContainerNotRunning)]
    [InlineData(500, "cannot remove container abc as it is running - running or paused containers cannot be removed without force: container state improper", ZLayerErrorKind.ContainerRunning)]
    [InlineData(409, "conflict: unable to delete def (cannot be forced) - image is being used by running container abc", ZLayerErrorKind.ImageInUse)]
    [InlineData(409, "cannot remove container \"/web\": container is running: stop the container before removing or force remove", ZLayerErrorKind.ContainerRunning)]
    [InlineData(501, "not here", ZLayerErrorKind.OperationNotSupported)]
    [InlineData(502, "bad gateway", ZLayerErrorKind.RuntimeUnavailable)]
    [InlineData(503, "swarm", ZLayerErrorKind.RuntimeError)]
    [InlineData(301, "moved", ZLayerErrorKind.RuntimeError)]
    public async Task A_refusal_keeps_its_kind_and_words(int status, string message, ZLayerErrorKind kind)
    {
        var body = "{\"message\":" + JsonSerializer.Serialize(message) + "}";
        await using var engine = new ScriptedEngine(ScriptedEngine.Answer(status, body, "Content-Type: application/json\r\n"));

        var error = await FailAsync(engine);

        Assert.Equal((kind, "web"), (error.Kind, error.Subject));
        Assert.StartsWith("Cannot inspect the container 'web': ", error.Message, StringComparison.Ordinal);
        if (status >= 400)
        {
            Assert.Contains(message.TrimEnd('.'), error.Message);
        }
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n{\"a\":", ZLayerErrorKind.RuntimeError)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnull", ZLayerErrorKind.RuntimeError)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 22\r\n\r\n<html>log in</html>   ", ZLayerErrorKind.RuntimeError)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"Os\": 7}", ZLayerErrorKind.RuntimeError)]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", ZLayerErrorKind.RuntimeError)]
    [InlineData("", ZLayerErrorKind.RuntimeUnavailable)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{\"Os\":", ZLayerErrorKind.RuntimeUnavailable)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"Os\"", ZLayerErrorKind.RuntimeUnavailable)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", ZLayerErrorKind.RuntimeError)]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 500\r\n\r\nhalf", ZLayerErrorKind.RuntimeError)]
    public async Task Garbage_is_an_error_of_the_engine(string answer, ZLayerErrorKind kind)
    {
        await using var engine = new ScriptedEngine(answer);

        Assert.Equal(kind, (await FailAsync(engine)).Kind);
    }

    [Fact]
    public async Task What_is_no_engine_is_told_from_one()
    {
        await using var engine = new ScriptedEngine(r => r.AnswerAsync("HTTP/1.1 200 Api-Version\r\nContent-Length: 14\r\n\r\n<html>Hi</html"));

        var error = await FailAsync(engine);

        Assert.Equal(ZLayerErrorKind.RuntimeError, error.Kind);
        Assert.Contains("does not follow the Docker Engine API", error.Message);
    }

    [Fact]
    public async Task A_question_is_asked_again_when_a_warm_connection_broke()
    {
        var asked = 0;
        await using var engine = new ScriptedEngine(async r => !r.IsPing && Interlocked.Increment(ref asked) != 2 && await r.AnswerAsync(ScriptedEngine.Answer(200, "{}"), keepOpen: true));
        await using var client = Client(engine);

        await client.GetAsync(Inspect, Json, default);
        await client.GetAsync(Inspect, Json, default);

        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task A_change_is_not_sent_again_when_the_connection_broke()
    {
        await using var engine = new ScriptedEngine("");
        await using var client = Client(engine);

        var request = EngineRequest.Post($"containers/create", Purpose) with { Body = EngineBody.Json(new EngineVersion(), Json) };
        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.GetAsync(request, Json, default));

        Assert.Equal(ZLayerErrorKind.RuntimeUnavailable, error.Kind);
        Assert.Single(engine.Requests, line => line.StartsWith("POST", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_proxy_that_closes_idle_connections_does_no_harm()
    {
        await using var engine = new ScriptedEngine(ScriptedEngine.Answer(200, "{}"));
        await using var client = Client(engine);
        var request = EngineRequest.Post($"containers/create", Purpose) with { Body = EngineBody.Json(new EngineVersion(), Json) };

        for (var times = 1; times <= 20; times++)
        {
            await client.GetAsync(request, Json, default);
            // The end of the connection is there before the next request.
            await WaitForAsync(() => engine.Closed >= times);
        }

        Assert.Equal(20, engine.Requests.Count(line => line.StartsWith("POST", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_slow_engine_can_be_given_up()
    {
        await using var engine = new ScriptedEngine(async r => !r.IsPing && await r.HangAsync());
        await using var client = Client(engine);
        await client.GetApiVersionAsync(default);
        using var patience = new CancellationTokenSource();

        var asking = client.GetAsync(Inspect, Json, patience.Token);
        await WaitForAsync(() => engine.Requests.Count == 2);
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }

    [Fact]
    public async Task A_stream_that_stands_still_can_be_given_up()
    {
        await using var engine = new ScriptedEngine(async r =>
        {
            if (!r.IsPing)
            {
                await r.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n");
                await r.HangAsync();
            }

            return false;
        });
        await using var client = Client(engine);
        using var patience = new CancellationTokenSource();

        await using var documents = client.StreamAsync(Inspect, Json, patience.Token).GetAsyncEnumerator();
        Assert.True(await documents.MoveNextAsync());
        var next = documents.MoveNextAsync().AsTask();
        await patience.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => next);
    }

    [Fact]
    public async Task Documents_come_one_by_one_however_they_are_cut()
    {
        const string Text = "{\"Os\":\"a\"}{\"Os\":\"b\"}\r\n\n{\"Os\":\"c\"} {\"Os\":\"d\\u00fc\"}\n";
        await using var engine = new ScriptedEngine(async r =>
        {
            if (!r.IsPing)
            {
                await r.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                foreach (var letter in Text)
                {
                    await r.WriteAsync($"1\r\n{letter}\r\n");
                }

                await r.WriteAsync("0\r\n\r\n");
            }

            return false;
        });
        await using var client = Client(engine);

        var names = new List<string?>();
        await foreach (var document in client.StreamAsync(Inspect, Json, default))
        {
            names.Add(document.Os);
        }

        Assert.Equal(["a", "b", "c", "dü"], names);
    }

    [Fact]
    public async Task A_sequence_that_breaks_ends_with_an_error_and_what_came_before_counts()
    {
        await using var engine = new ScriptedEngine("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n{\"Os\":\"a\"}\r\n3\r\n{\"O\r\n");
        await using var client = Client(engine);

        await using var documents = client.StreamAsync(Inspect, Json, default).GetAsyncEnumerator();
        Assert.True(await documents.MoveNextAsync());
        var error = await Assert.ThrowsAsync<ZLayerException>(() => documents.MoveNextAsync().AsTask());

        Assert.Equal(ZLayerErrorKind.RuntimeUnavailable, error.Kind);
        Assert.Contains("closed the connection", error.Message);
    }

    [Fact]
    public async Task An_error_in_the_middle_of_progress_is_thrown_with_its_kind()
    {
        await using var engine = new ScriptedEngine(ScriptedEngine.Answer(200, """{"status":"Pulling"}""" + "\r\n" + """{"errorDetail":{"code":404,"message":"manifest unknown"},"error":"manifest unknown"}"""));
        await using var client = Client(engine);

        await using var messages = client.StreamMessagesAsync(EngineRequest.Post($"images/create", EnginePurpose.ForImage("pull", "x")), default).GetAsyncEnumerator();
        Assert.True(await messages.MoveNextAsync());
        var error = await Assert.ThrowsAsync<ZLayerException>(() => messages.MoveNextAsync().AsTask());

        Assert.Equal((ZLayerErrorKind.ImageNotFound, "x"), (error.Kind, error.Subject));
    }

    [Fact]
    public async Task A_refused_upload_says_why_although_nobody_reads_it()
    {
        await using var engine = new ScriptedEngine(ScriptedEngine.Answer(404, """{"message":"No such container: web"}"""));
        await using var client = Client(engine);
        var endless = new EndlessStream();

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.SendAsync(Upload(endless), default));

        Assert.Equal(ZLayerErrorKind.ContainerNotFound, error.Kind);
    }

    [Fact]
    public async Task An_answer_is_read_while_the_upload_goes_on()
    {
        // More progress than any socket holds, told before the upload is read.
        const int Lines = 20_000;
        var read = 0L;
        await using var engine = new ScriptedEngine(async r =>
        {
            if (r.IsPing)
            {
                return false;
            }

            await r.WriteAsync("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (var line = 0; line < Lines; line++)
            {
                await r.WriteAsync("1A\r\n{\"status\":\"Loading layer\"}\r\n");
            }

            var buffer = new byte[64 * 1024];
            var tail = "";
            while (!tail.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal))
            {
                var count = await r.Stream.ReadAsync(buffer);
                read += count;
                tail = (tail + Encoding.Latin1.GetString(buffer, Math.Max(0, count - 7), Math.Min(7, count)))[^7..];
            }

            await r.WriteAsync("0\r\n\r\n");
            return false;
        });
        await using var client = Client(engine);
        var archive = new MemoryStream(new byte[10_000_000]);

        var count = 0;
        await foreach (var message in client.StreamMessagesAsync(Upload(archive), default))
        {
            count++;
        }

        Assert.Equal(Lines, count);
        Assert.True(read > archive.Length);
    }

    [Fact]
    public async Task A_source_that_fails_is_the_error_and_the_engine_does_not_take_a_part_for_the_whole()
    {
        var seen = new TaskCompletionSource<string>();
        await using var engine = new ScriptedEngine(async r =>
        {
            if (!r.IsPing)
            {
                using var rest = new StreamReader(r.Stream, Encoding.Latin1);
                seen.SetResult(await rest.ReadToEndAsync());
            }

            return false;
        });
        await using var client = Client(engine);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.SendAsync(Upload(new EndlessStream { FailAfter = 3 }), default));

        Assert.Equal(ZLayerErrorKind.StorageReadFailed, error.Kind);
        Assert.Contains("the disk is gone", error.Message);
        Assert.False((await seen.Task).EndsWith("0\r\n\r\n", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_is_taken_over_with_what_was_read_ahead_and_closes_one_way()
    {
        await using var engine = new ScriptedEngine(async r =>
        {
            if (!r.IsPing)
            {
                await r.WriteAsync("HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\nhello ");
                using var input = new StreamReader(r.Stream);
                var said = await input.ReadToEndAsync();
                await r.WriteAsync(said.ToUpperInvariant());
            }

            return false;
        });
        await using var client = Client(engine);

        await using var stream = await client.UpgradeAsync(EngineRequest.Post($"containers/{"web"}/attach", Purpose), default);
        await stream.WriteAsync("world"u8.ToArray());
        await stream.CloseWriteAsync();
        using var output = new StreamReader(stream);

        Assert.Equal(HttpStatusCode.SwitchingProtocols, stream.Status);
        Assert.Equal("application/vnd.docker.raw-stream", stream.Header("content-type"));
        Assert.Equal("hello WORLD", await output.ReadToEndAsync());
    }

    [Theory]
    [InlineData("HTTP/1.1 409 Conflict\r\nContent-Length: 43\r\n\r\n{\"message\":\"Container abc is not running.\"}\n", ZLayerErrorKind.ContainerNotRunning)]
    [InlineData("HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{\"message\":\"No s\r\n13;x=y\r\nuch container: web\"\r\n1\r\n}\r\n0\r\nTrailer: x\r\n\r\n", ZLayerErrorKind.ContainerNotFound)]
    [InlineData("HTTP/1.1 500 Oops\r\n\r\nplain words until the end", ZLayerErrorKind.RuntimeError)]
    [InlineData("HTTP/1.1 204 Nothing\r\n\r\n", ZLayerErrorKind.RuntimeError)]
    [InlineData("no http\r\n\r\n", ZLayerErrorKind.RuntimeError)]
    [InlineData("HTTP/1.1 101 UPG", ZLayerErrorKind.RuntimeUnavailable)]
    public async Task A_refused_takeover_keeps_its_kind(string answer, ZLayerErrorKind kind)
    {
        await using var engine = new ScriptedEngine(answer);
        await using var client = Client(engine);

        var error = await Assert.ThrowsAsync<ZLayerException>(() => client.UpgradeAsync(EngineRequest.Post($"containers/{"web"}/attach", Purpose), default));

        Assert.Equal(kind, error.Kind);
    }

    [Theory]
    [InlineData("a/b?c=d#e f%", "a%2Fb%3Fc%3Dd%23e%20f%25")]
    [InlineData("größe", "gr%C3%B6%C3%9Fe")]
    public async Task Names_and_values_cannot_leave_their_place(string name, string escaped)
    {
        await using var engine = new ScriptedEngine(ScriptedEngine.Answer(200, "{}"));
        await using var client = Client(engine);

        await client.GetAsync(EngineRequest.Get($"containers/{name}/json", Purpose) with { Query = new EngineQuery { { "x", name }, { "none", (string?)null }, { "all", true } } }, Json, default);

        Assert.Contains($"GET /v1.41/containers/{escaped}/json?x={escaped}&all=1 HTTP/1.1", engine.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    public void A_name_that_would_be_another_path_is_refused(string name)
        => Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => EngineRequest.Get($"containers/{name}/json", Purpose)).Kind);

    [Fact]
    public void Times_and_filters_are_written_as_the_engine_reads_them()
    {
        var query = new EngineQuery
        {
            { "since", DateTimeOffset.Parse("2026-03-04T05:06:07.1234567+02:00", System.Globalization.CultureInfo.InvariantCulture) },
            { "until", DateTimeOffset.UnixEpoch.AddTicks(-1) },
            { "filters", [KeyValuePair.Create<string, IReadOnlyList<string>>("label", ["a=b", "ü"]), KeyValuePair.Create<string, IReadOnlyList<string>>("type", [])] },
            { "nothing", [KeyValuePair.Create<string, IReadOnlyList<string>>("type", [])] },
        };

        Assert.Equal(
            "?since=1772593567.123456700&until=-1.999999900&filters=" + Uri.EscapeDataString("{\"label\":[\"a=b\",\"\\u00FC\"]}"),
            query.ToString());
    }

    private static DockerClient Client(ScriptedEngine engine, DockerClientOptions? options = null) => new(DockerEndpoint.Parse(engine.Host), options ?? new DockerClientOptions());

    private static EngineRequest Upload(Stream archive) => EngineRequest.Put($"containers/{"web"}/archive", Purpose) with { Body = EngineBody.FromStream(archive) };

    private static async Task<ZLayerException> FailAsync(ScriptedEngine engine)
    {
        await using var client = Client(engine);
        return await Assert.ThrowsAsync<ZLayerException>(() => client.GetAsync(Inspect, Json, default));
    }

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!condition())
        {
            await Task.Delay(5, patience.Token);
        }
    }

    /// <summary>Zeros without an end, or until the disk is gone.</summary>
    private sealed class EndlessStream : MemoryStream
    {
        private int _reads;

        public int FailAfter { get; init; } = int.MaxValue;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
            => ++_reads > FailAfter ? throw new IOException("the disk is gone") : ValueTask.FromResult(buffer.Length);
    }
}
