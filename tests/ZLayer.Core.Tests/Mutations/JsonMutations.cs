using System.Text;
using CsCheck;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Mutations;

/// <summary>
/// Makes documents that are almost valid, and checks that whoever reads them is not impressed: it returns, or throws the one error type, with
/// bounded memory. A failure is shrunk to the fewest and simplest changes, and tells the seed that brings it again (environment variable
/// <c>CsCheck_Seed</c>).
/// <code>
/// JsonMutations.Check(["""{"tags":["a"]}"""], bytes => Read(bytes), rounds: 2_000);
/// </code>
/// </summary>
internal static class JsonMutations
{
    private const long MemoryLimit = 256 * 1024 * 1024;

    // From the plain to the odd: a failure is shrunk towards the first.
    private static readonly string[] Values =
    [
        "null", "[]", "{}", "\"\"", "0", "true", "[null]", "{\"\":null}", "-1", "1.5", "9223372036854775807", "-9223372036854775808",
        "99999999999999999999999", "1e400", "-0", "\"\\ud800\"", "\"a\\u0000\\n\\u001b[2Jb\"", "\"../../etc/passwd\"", "\"0000-00-00T00:00:00Z\"",
        "\"9999-12-31T23:59:59.999999999-23:59\"", "\"0001-01-01T00:00:00+14:00\"", "\"sha256:x\"", "\"http://[\"", "\"file:///etc/passwd\"",
        $"\"{new string('a', 5_000)}\"", $"\"{new string('/', 5_000)}\"", new string('[', 100) + new string(']', 100), new string('[', 20_000),
    ];

    private enum Change
    {
        Replace,
        Remove,
        AddNull,
        AddTwin,
        Repeat,
        Rename,
        Wrap,
    }

    private enum Damage
    {
        None,
        CutOff,
        FlipByte,
        InvalidUtf8,
        Twice,
        ByteOrderMark,
    }

    /// <summary>Documents made out of valid ones.</summary>
    public static Gen<MutatedDocument> Of(params IReadOnlyList<string> documents)
    {
        var change = Gen.Select(Gen.Int[0, (int)Change.Wrap], Gen.Int[0, 9_999], Gen.Int[0, Values.Length - 1]);
        // Damage of the bytes hides what the changes would show: one in four is enough.
        var damage = Gen.Select(Gen.Int[-15, (int)Damage.ByteOrderMark], Gen.Int[0, 9_999]);
        return Gen.Select(Gen.Int[0, documents.Count - 1], change.Array[0, 4], damage)
            .Select((document, changes, harm) => new MutatedDocument(Apply(documents[document], changes, harm)));
    }

    /// <summary>Reads many such documents. Some must be read and some refused, or the changes say nothing.</summary>
    /// <param name="documents">Valid documents; each must itself be read.</param>
    /// <param name="read">Reads one, and uses what it made of it.</param>
    /// <param name="rounds">How many.</param>
    public static void Check(IReadOnlyList<string> documents, Action<byte[]> read, int rounds)
    {
        foreach (var document in documents)
        {
            read(Encoding.UTF8.GetBytes(document));
        }

        int accepted = 0, refused = 0;
        Of(documents).Sample(
            document =>
            {
                var before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    read(document.Bytes);
                    accepted++;
                }
                catch (ZLayerException e)
                {
                    Assert.False(string.IsNullOrWhiteSpace(e.Message));
                    Assert.InRange(e.Message.Length, 1, 20_000);
                    refused++;
                }

                Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryLimit);
            },
            iter: rounds,
            threads: 1);
        Assert.True(accepted > 0, "No document was accepted.");
        Assert.True(refused > 0, "No document was refused.");
    }

    /// <summary>Waits for a reader that is asynchronous: the random tests themselves are not.</summary>
    public static void Wait(Task task) => task.GetAwaiter().GetResult();

    private static byte[] Apply(string json, (int Change, int Place, int Value)[] changes, (int Kind, int Place) damage)
    {
        var root = JsonTree.Parse(json);
        foreach (var (change, place, value) in changes)
        {
            var nodes = root.All();
            Apply((Change)change, nodes[place % nodes.Count], place / nodes.Count, value);
        }

        return Harm(Encoding.UTF8.GetBytes(root.ToString()), (Damage)Math.Max(0, damage.Kind), damage.Place);
    }

    private static void Apply(Change change, JsonTree node, int place, int value)
    {
        switch (change)
        {
            case Change.Remove when node.Members is { Count: > 0 } members:
                members.RemoveAt(place % members.Count);
                break;
            case Change.Remove when node.Items is { Count: > 0 } items:
                items.RemoveAt(place % items.Count);
                break;
            case Change.AddNull when node.Items is { } items:
                items.Insert(place % (items.Count + 1), JsonTree.Parse("null"));
                break;
            case Change.AddTwin when node.Members is { Count: > 0 } members:
                var twin = JsonTree.Parse("0");
                twin.Become(Values[value]);
                members.Add((members[place % members.Count].Name, twin));
                break;
            case Change.Repeat when node.Items is { Count: > 0 } items:
                items.AddRange(Enumerable.Repeat(items[place % items.Count], 200));
                break;
            case Change.Rename when node.Members is { Count: > 0 } members:
                members[place % members.Count] = (place % 2 == 0 ? "\"\\udc00\"" : "\"\"", members[place % members.Count].Value);
                break;
            case Change.Wrap:
                node.Wrap(1 + (place % 70));
                break;
            default:
                node.Become(Values[value]);
                break;
        }
    }

    private static byte[] Harm(byte[] bytes, Damage damage, int place)
    {
        var at = bytes.Length == 0 ? 0 : place % bytes.Length;
        switch (damage)
        {
            case Damage.CutOff:
                return bytes[..at];
            case Damage.FlipByte when bytes.Length > 0:
                bytes[at] ^= (byte)(1 << (place % 8));
                return bytes;
            case Damage.InvalidUtf8:
                return [.. bytes[..at], 0xFF, .. bytes[at..]];
            case Damage.Twice:
                return [.. bytes, .. bytes];
            case Damage.ByteOrderMark:
                return [0xEF, 0xBB, 0xBF, .. bytes];
            default:
                return bytes;
        }
    }
}
