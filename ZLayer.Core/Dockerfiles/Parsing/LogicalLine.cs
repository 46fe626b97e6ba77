namespace ZLayer.Core.Dockerfiles;

/// <summary>An instruction's line with its continuations joined, and the way back from each character to its place in the file.</summary>
internal sealed class LogicalLine(string file, int firstLine)
{
    private readonly System.Text.StringBuilder _text = new();
    private readonly List<(int Offset, int Line, int Column)> pieces = [];
    private Dictionary<string, string>? _descriptions;
    private Dictionary<string, Heredoc>? _documents;

    internal string Text => _text.ToString();

    internal int EndLine { get; set; } = firstLine;

    internal IReadOnlyList<string> Comments { get; init; } = [];

    internal List<Heredoc> Heredocs { get; } = [];

    internal void Append(string piece, int line, int column)
    {
        pieces.Add((_text.Length, line, column));
        _text.Append(piece);
        EndLine = line;
    }

    /// <summary>The text of the first comment <c>name text</c> above the instruction; null when no comment begins with the name.</summary>
    internal string? DescriptionOf(string name)
    {
        if (_descriptions is null)
        {
            _descriptions = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string comment in Comments)
            {
                int space = comment.IndexOf(' ', StringComparison.Ordinal);
                if (space >= 0)
                {
                    _descriptions.TryAdd(comment[..space], comment[(space + 1)..]);
                }
            }
        }

        return _descriptions.GetValueOrDefault(name);
    }

    /// <summary>The heredoc of a terminator word; of several the last.</summary>
    internal Heredoc? FindHeredoc(string name)
    {
        if (_documents is null)
        {
            _documents = new Dictionary<string, Heredoc>(StringComparer.Ordinal);
            foreach (Heredoc heredoc in Heredocs)
            {
                _documents[heredoc.Name] = heredoc;
            }
        }

        return _documents.GetValueOrDefault(name);
    }

    internal SourceLocation At(int offset)
    {
        int low = 0;
        for (int high = pieces.Count - 1; low < high;)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = pieces[middle].Offset <= offset ? (middle, high) : (low, middle - 1);
        }

        (int Offset, int Line, int Column) piece = pieces[low];
        return new SourceLocation(file, piece.Line, piece.Column + offset - piece.Offset);
    }
}
