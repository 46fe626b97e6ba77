using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ZLayer.Core.Tests.Engines;

/// <summary>A way to spoil an answer, which a seed decides: the same seed spoils the same answer alike.</summary>
/// <param name="Seed">What decides.</param>
public sealed record AnswerMutation(int Seed)
{
    // What no JSON library writes: it is put in for a word once the document is a text.
    private const string LoneSurrogate = "@lone@";
    private const string Huge = "\"@huge@\"";

    private static readonly string[] Texts =
    [
        "", "/", "..", LoneSurrogate, "a" + LoneSurrogate + "b", "-1", "0", "sha256:", "sha256:" + new string('g', 64), "<none>:<none>", "a\r\nb", "\u001b]0;x\u0007", "\0", "null",
        "0000-00-00T00:00:00Z", "9999-12-31T23:59:59.999999999-14:00", "0001-01-01T00:00:00+14:00", "10000-01-01T00:00:00Z", "2026-13-41T25:61:61Z", "Up 2147483647 years",
        "Exited (99999999999999999999) 2147483647 years ago", "Up 99999 weeks (healthy)", "70000/tcp", "-80/", "/tcp", "300.300.300.300", "fe80::1%eth0", "::ffff:1.2.3.4/129", "65536", "1.99999999999",
        new('x', 70_000), new('(', 2_000), string.Concat(Enumerable.Repeat(" (", 2_000)),
    ];

    private static readonly string[] Values =
    [
        "null", "[]", "{}", "[null]", "[[]]", "[{}]", "{\"\":null}", "{\"a\":{}}", "true", "false", "0", "-1", "1", "0.5", "-0.0", "1e2", "2147483648", "4294967296", "9223372036854775807",
        "-9223372036854775808", "18446744073709551615", "18446744073709551616", "253402300800", "-62135596801", "1e400", "70000",
    ];

    private static readonly int[] Statuses = [100, 101, 199, 200, 201, 204, 206, 299, 301, 304, 307, 400, 401, 403, 404, 405, 409, 413, 418, 429, 500, 501, 502, 503, 504, 599, 600, 999];

    /// <summary>Spoils values in the JSON of an answer; null where it has none.</summary>
    public byte[]? OfJson(RecordedAnswer answer)
    {
        var random = new Random(Seed);
        var documents = Parse(answer.Body);
        if (documents.Count == 0)
        {
            return null;
        }

        for (var edits = random.Next(1, 3); edits > 0; edits--)
        {
            Edit(random, documents);
        }

        var deep = new string('[', 5_000);
        var text = string.Join('\n', documents.Select(document => document?.ToJsonString() ?? "null"))
            .Replace(LoneSurrogate, random.Next(2) == 0 ? @"\ud800" : @"\udc00", StringComparison.Ordinal)
            .Replace(Huge, random.Next(2) == 0 ? "1e400" : deep, StringComparison.Ordinal);
        return (answer with { Body = Encoding.UTF8.GetBytes(text) }).ToBytes();
    }

    /// <summary>Spoils bytes anywhere: in the head, the frames, the body.</summary>
    public byte[] OfBytes(RecordedAnswer answer)
    {
        var random = new Random(Seed);
        var bytes = answer.ToBytes().ToList();
        for (var edits = random.Next(1, 4); edits > 0 && bytes.Count > 0; edits--)
        {
            // Heads are short, and half of all that can go wrong is there.
            var at = random.Next(random.Next(2) == 0 ? bytes.Count : Math.Min(bytes.Count, 120));
            var length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(at, length);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, length));
                    break;
                case 3:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 4:
                    bytes.InsertRange(at, (byte[])[0xFF, 0xC0, 0x80, (byte)random.Next(256)]);
                    break;
                default:
                    bytes.Insert(at, "\r\n:{}[]\"\\,0 "u8[random.Next(12)]);
                    break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Spoils what the head says.</summary>
    public byte[] OfHead(RecordedAnswer answer)
    {
        var random = new Random(Seed);
        var body = random.Next(3) switch { 0 => answer.Body, 1 => [], _ => Encoding.UTF8.GetBytes("{\"message\":\"" + Texts[random.Next(Texts.Length)].Replace("\"", "", StringComparison.Ordinal) + "\"}") };
        var header = random.Next(12) switch
        {
            0 => $"Content-Length: {random.Next(body.Length + 2)}",
            1 => "Content-Length: -1",
            2 => "Content-Length: 99999999999999999999",
            3 => "Transfer-Encoding: chunked",
            4 => "Transfer-Encoding: gzip, chunked",
            5 => "Content-Encoding: gzip",
            6 => "Location: http://127.0.0.1:1/elsewhere",
            7 => "X-Docker-Container-Path-Stat: " + new string('A', random.Next(9)),
            8 => "X-Docker-Container-Path-Stat: " + Convert.ToBase64String("""{"name":null,"size":-1,"mode":4294967295,"mtime":"9999-12-31T23:59:59-14:00"}"""u8),
            9 => "Api-Version: " + Texts[random.Next(Texts.Length)].ReplaceLineEndings(""),
            10 => "Content-Type: application/vnd.docker.multiplexed-stream",
            _ => "Libpod-Api-Version: " + (random.Next(2) == 0 ? "4.9" : ""),
        };
        var status = random.Next(3) == 0 ? answer.Status : Statuses[random.Next(Statuses.Length)];
        return [.. Encoding.Latin1.GetBytes(string.Create(CultureInfo.InvariantCulture, $"HTTP/1.1 {status} Word\r\n{header}\r\n\r\n")), .. body];
    }

    private static List<JsonNode?> Parse(byte[] body)
    {
        try
        {
            var documents = new List<JsonNode?>();
            var rest = body.AsSpan();
            while (!rest.Trim("\r\n \t"u8).IsEmpty)
            {
                var reader = new Utf8JsonReader(rest, new JsonReaderOptions { AllowMultipleValues = true });
                documents.Add(JsonNode.Parse(ref reader));
                rest = rest[(int)reader.BytesConsumed..];
            }

            return documents;
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static void Edit(Random random, List<JsonNode?> documents)
    {
        var index = random.Next(documents.Count);
        var places = new List<(JsonNode Parent, string? Name, int Index)>();
        Collect(documents[index], places);
        // Whole documents now and then, and single values otherwise.
        if (places.Count == 0 || random.Next(25) == 0)
        {
            documents[index] = Value(random);
            return;
        }

        var (parent, name, at) = places[random.Next(places.Count)];
        if (parent is JsonObject members)
        {
            switch (random.Next(8))
            {
                case 0:
                    members.Remove(name!);
                    break;
                case 1:
                    members[Texts[random.Next(Texts.Length)]] = Value(random);
                    break;
                default:
                    members[name!] = Value(random);
                    break;
            }
        }
        else if (parent is JsonArray items)
        {
            switch (random.Next(4))
            {
                case 0:
                    items.Insert(at, null);
                    break;
                case 1:
                    items.RemoveAt(at);
                    break;
                default:
                    items[at] = Value(random);
                    break;
            }
        }
    }

    private static JsonNode? Value(Random random)
        => random.Next(20) == 0 ? JsonValue.Create("@huge@")
            : random.Next(2) == 0 ? JsonValue.Create(Texts[random.Next(Texts.Length)])
            : JsonNode.Parse(Values[random.Next(Values.Length)]);

    private static void Collect(JsonNode? node, List<(JsonNode, string?, int)> places)
    {
        if (node is JsonObject members)
        {
            foreach (var (name, value) in members)
            {
                places.Add((members, name, 0));
                Collect(value, places);
            }
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < items.Count; i++)
            {
                places.Add((items, null, i));
                Collect(items[i], places);
            }
        }
    }
}
