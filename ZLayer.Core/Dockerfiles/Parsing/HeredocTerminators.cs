namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// Finds the lines that end heredocs. The lines are put in order once, so that a heredoc without an end does not read the file to its end
/// again.
/// </summary>
internal sealed class HeredocTerminators(string[] lines)
{
    private readonly Lazy<Dictionary<string, List<int>>> _plain = new(() => Index(lines, stripTabs: false));
    private readonly Lazy<Dictionary<string, List<int>>> _stripped = new(() => Index(lines, stripTabs: true));

    /// <summary>The line that ends a heredoc, the first from <paramref name="start"/> on; null when none does.</summary>
    internal int? Find(Heredoc mark, int start)
    {
        if (!(mark.StripTabs ? _stripped : _plain).Value.TryGetValue(mark.Name, out List<int>? found))
        {
            return null;
        }

        int at = found.BinarySearch(start);
        at = at < 0 ? ~at : at;
        return at < found.Count ? found[at] : null;
    }

    /// <summary>Whether all of these end, one behind the other.</summary>
    internal bool End(IEnumerable<Heredoc> marks, int start)
    {
        foreach (Heredoc mark in marks)
        {
            if (Find(mark, start) is not { } end)
            {
                return false;
            }

            start = end + 1;
        }

        return true;
    }

    private static Dictionary<string, List<int>> Index(string[] lines, bool stripTabs)
    {
        var index = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd('\r');
            line = stripTabs ? line.TrimStart('\t') : line;
            if (!index.TryGetValue(line, out List<int>? found))
            {
                index[line] = found = [];
            }

            found.Add(i);
        }

        return index;
    }
}
