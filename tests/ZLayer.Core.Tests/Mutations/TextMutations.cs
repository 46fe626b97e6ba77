using System.Text;
using CsCheck;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Mutations;

/// <summary>As <see cref="JsonMutations"/>, for texts of any other grammar: characters and lines are changed.</summary>
internal static class TextMutations
{
    private static readonly string[] Pieces =
    [
        "\"", "'", "[", "]", "{", "}", "=", ".", ",", "#", "\\", "\n", "\r\n", "\t", "\0", "\"\"\"", "'''", "[[", "]]", "\\u", "\\ud800", "\uFEFF", "é", "\u001b[2J",
        "true", "0", "-1", new string('[', 20_000), string.Concat(Enumerable.Repeat("{a=", 20_000)), new string('"', 5_000), string.Concat(Enumerable.Repeat("a.", 20_000)),
    ];

    private enum Change
    {
        Insert,
        Replace,
        Remove,
        RemoveLine,
        RepeatLine,
        CutOff,
    }

    /// <summary>Reads many changed texts: each is read, or refused with the one error type. Some must be read and some refused.</summary>
    public static void Check(IReadOnlyList<string> texts, Action<byte[]> read, int rounds)
    {
        foreach (var text in texts)
        {
            read(Encoding.UTF8.GetBytes(text));
        }

        int accepted = 0, refused = 0;
        var change = Gen.Select(Gen.Int[0, (int)Change.CutOff], Gen.Int[0, 99_999], Gen.Int[0, Pieces.Length - 1]);
        Gen.Select(Gen.Int[0, texts.Count - 1], change.Array[0, 4])
            .Select((text, changes) => new MutatedDocument(Encoding.UTF8.GetBytes(changes.Aggregate(texts[text], Apply))))
            .Sample(
                document =>
                {
                    try
                    {
                        read(document.Bytes);
                        accepted++;
                    }
                    catch (ZLayerException)
                    {
                        refused++;
                    }
                },
                iter: rounds,
                threads: 1);
        Assert.True(accepted > 0, "No text was accepted.");
        Assert.True(refused > 0, "No text was refused.");
    }

    private static string Apply(string text, (int Change, int Place, int Piece) change)
    {
        if (text.Length == 0)
        {
            return Pieces[change.Piece];
        }

        var at = change.Place % text.Length;
        var lines = text.Split('\n').ToList();
        var line = change.Place % lines.Count;
        switch ((Change)change.Change)
        {
            case Change.Insert:
                return text.Insert(at, Pieces[change.Piece]);
            case Change.Replace:
                return text.Remove(at, 1).Insert(at, Pieces[change.Piece]);
            case Change.Remove:
                return text.Remove(at, 1);
            case Change.RemoveLine:
                lines.RemoveAt(line);
                return string.Join('\n', lines);
            case Change.RepeatLine:
                lines.Add(lines[line]);
                return string.Join('\n', lines);
            default:
                return text[..at];
        }
    }
}
