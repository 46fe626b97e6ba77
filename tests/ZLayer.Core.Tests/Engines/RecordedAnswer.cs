using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace ZLayer.Core.Tests.Engines;

/// <summary>An answer that a real engine gave, taken apart.</summary>
/// <param name="Name">What it answers.</param>
/// <param name="Status">The status.</param>
/// <param name="Headers">The headers that say something about the answer; how its body is framed is told by the way in which it is written.</param>
/// <param name="Body">The body, without chunks.</param>
public sealed record RecordedAnswer(string Name, int Status, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    /// <summary>The answers of dockerd 20.10, by their names.</summary>
    public static IReadOnlyDictionary<string, RecordedAnswer> Docker { get; } = Read("dockerd-20.10.json").ToDictionary(answer => answer.Name);

    /// <summary>Whether it hands the connection over: the body ends with the connection.</summary>
    public bool IsUpgrade => Status == 101;

    public bool IsChunked => Headers.ContainsKey("Transfer-Encoding");

    /// <summary>The bytes as they go over the wire.</summary>
    public byte[] ToBytes() => [.. Head(), .. Framed()];

    /// <summary>Status line and headers, with the empty line behind them.</summary>
    public byte[] Head()
    {
        var head = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {Status} Word\r\n"));
        foreach (var (name, value) in Headers)
        {
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        }

        if (!IsUpgrade && !IsChunked && Status is not (204 or 304))
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n");
        }

        // Each connection has one answer, and nobody sends another request over it.
        return Encoding.Latin1.GetBytes(head.Append(IsUpgrade ? "" : "Connection: close\r\n").Append("\r\n").ToString());
    }

    /// <summary>The body as it is framed.</summary>
    public byte[] Framed()
        => !IsChunked ? Body
            : Body.Length == 0 ? "0\r\n\r\n"u8.ToArray()
            : [.. Encoding.ASCII.GetBytes(Body.Length.ToString("x", CultureInfo.InvariantCulture)), .. "\r\n"u8, .. Body, .. "\r\n0\r\n\r\n"u8];

    private static IEnumerable<RecordedAnswer> Read(string file, [CallerFilePath] string here = "")
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(here)!, "..", "Fixtures", "engines", file)));
        foreach (var answer in document.RootElement.EnumerateArray())
        {
            yield return new RecordedAnswer(
                answer.GetProperty("name").GetString()!,
                answer.GetProperty("status").GetInt32(),
                answer.GetProperty("headers").EnumerateObject().ToDictionary(header => header.Name, header => header.Value.GetString()!),
                answer.TryGetProperty("body", out var text) ? Encoding.UTF8.GetBytes(text.GetString()!) : answer.GetProperty("base64").GetBytesFromBase64());
        }
    }
}
