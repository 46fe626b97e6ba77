using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ZLayer.Core.Tests.Engines;

/// <summary>
/// An engine that answers each request as a real one did, whatever it is asked about. A test may have single answers replaced. Each connection
/// carries one request, so that an answer which is no HTTP any more harms nothing but itself.
/// </summary>
public sealed partial class RecordedEngine : IAsyncDisposable
{
    private readonly ScriptedEngine _engine;
    private volatile Func<RecordedAnswer, byte[]?>? _twist;

    public RecordedEngine()
        => _engine = new ScriptedEngine(async request =>
        {
            var body = await ReadBodyAsync(request);
            var answer = AnswerTo(request.Line, body);
            await request.WriteAsync(_twist?.Invoke(answer) ?? answer.ToBytes());
            return false;
        });

    public string Host => _engine.Host;

    /// <summary>What replaces an answer; null, or a null that it gives, leaves the answer as it was recorded.</summary>
    public Func<RecordedAnswer, byte[]?>? Twist
    {
        get => _twist;
        set => _twist = value;
    }

    public ValueTask DisposeAsync() => _engine.DisposeAsync();

    /// <summary>The answer that a real engine gave to such a request.</summary>
    public static RecordedAnswer AnswerTo(string line, string body)
    {
        var parts = line.Split(' ');
        var path = Version().Replace(parts[1].Split('?')[0], "");
        var of = path.Split('/') is [_, _, var thing, ..] ? thing : "";
        var name = $"{parts[0]} {path}" switch
        {
            "GET /_ping" => "Ping",
            "GET /version" => "Version",
            "GET /info" => "Info",
            "GET /events" => "Events",
            "POST /commit" => "Commit",
            "GET /containers/json" => "ListContainers",
            "POST /containers/create" => "Create",
            "POST /containers/prune" => "Prune",
            "GET /images/json" => "ListImages",
            "GET /images/get" => "Save",
            "GET /images/search" => "Search",
            "POST /images/prune" => "PruneImages",
            "POST /images/load" => "Load",
            "POST /images/create" => line.Contains("fromSrc", StringComparison.Ordinal) ? "Import" : "Pull",
            _ => OfOne(parts[0], path, of, line, body),
        };
        return RecordedAnswer.Docker[name];
    }

    private static string OfOne(string method, string path, string of, string line, string body)
        => (method, path[(path.LastIndexOf('/') + 1)..]) switch
        {
            ("GET", "json") when path.StartsWith("/containers/", StringComparison.Ordinal) => of == "term" ? "InspectTerminal" : of == "gone" ? "InspectEnded" : "InspectContainer",
            ("GET", "json") when path.StartsWith("/exec/", StringComparison.Ordinal) => "ExecInspect",
            ("GET", "json") when path.StartsWith("/distribution/", StringComparison.Ordinal) => "Distribution",
            ("GET", "json") => "InspectImage",
            ("GET", "logs") => of == "term" ? "TerminalLogs" : "Logs",
            ("GET", "stats") => line.Contains("stream=1", StringComparison.Ordinal) ? "StatsStream" : "Stats",
            ("GET", "changes") => of == "gone" ? "ChangesNone" : "Changes",
            ("GET", "export") or ("GET", "archive") => "ArchiveGet",
            ("HEAD", "archive") => "ArchiveHead",
            ("PUT", "archive") => "ArchivePut",
            ("POST", "exec") => "ExecCreate",
            ("POST", "start") when path.StartsWith("/exec/", StringComparison.Ordinal)
                => body.Contains("\"Detach\":true", StringComparison.Ordinal) ? "ExecStartDetached" : "ExecStart",
            ("DELETE", _) => path.StartsWith("/images/", StringComparison.Ordinal) ? "RemoveImage" : "Remove",
            ("GET", var what) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(what),
            ("POST", var what) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(what),
            _ => throw new InvalidOperationException($"No answer to {line} was recorded."),
        };

    // The whole request is taken: a socket that is closed over unread bytes would break the connection under the answer.
    private static async Task<string> ReadBodyAsync(ScriptedRequest request)
    {
        var length = ContentLength().Match(request.Head) is { Success: true } told ? int.Parse(told.Groups[1].Value, CultureInfo.InvariantCulture) : 0;
        var isChunked = request.Head.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase);
        var body = new StringBuilder();
        var buffer = new byte[4096];
        while (isChunked ? !body.ToString().EndsWith("0\r\n\r\n", StringComparison.Ordinal) : body.Length < length)
        {
            var count = await request.Stream.ReadAsync(buffer);
            if (count == 0)
            {
                break;
            }

            body.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }

        return body.ToString();
    }

    [GeneratedRegex("^/v[0-9.]+")]
    private static partial Regex Version();

    [GeneratedRegex("Content-Length: ([0-9]+)", RegexOptions.IgnoreCase)]
    private static partial Regex ContentLength();
}
