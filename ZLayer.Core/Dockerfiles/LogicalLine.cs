namespace ZLayer.Core.Dockerfiles;

/// <summary>An instruction's line with its continuations joined, and the way back from each character to its place in the file.</summary>
internal sealed class LogicalLine(string file, int firstLine)
{
    private readonly System.Text.StringBuilder _text = new();
    private readonly List<(int Offset, int Line, int Column)> pieces = [];

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

    internal SourceLocation At(int offset)
    {
        (int Offset, int Line, int Column) piece = pieces.FindLast(candidate => candidate.Offset <= offset);
        return new SourceLocation(file, piece.Line, piece.Column + offset - piece.Offset);
    }
}
