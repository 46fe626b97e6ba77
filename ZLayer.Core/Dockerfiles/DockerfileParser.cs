using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// Reads the lines of a Dockerfile, joins them to instructions and groups these in stages. It goes on behind an error, so that
/// all errors of a file are found at once.
/// </summary>
internal sealed class DockerfileParser
{
    /// <summary>The longest line, in bytes of UTF-8, without its end.</summary>
    private const int MaximumLineLength = 65535;

    private readonly string file;
    private readonly string[] lines;
    private readonly bool endsWithNewline;
    private readonly List<DockerfileError> errors = [];
    private readonly List<SourceLocation> emptyContinuations = [];
    private readonly Directives directives;
    private readonly char escape;
    private List<string> comments = [];
    private int next;

    internal DockerfileParser(string text, string file, char? escape = null)
    {
        this.file = file;
        text = text.StartsWith('\ufeff') ? text[1..] : text;
        endsWithNewline = text.EndsWith('\n');
        lines = text.Split('\n');
        if (endsWithNewline || text.Length == 0)
        {
            lines = lines[..^1];
        }

        directives = escape is null ? Directives.Read(lines, file, errors) : new Directives();
        this.escape = escape ?? directives.Escape;
        CheckLineLengths();
    }

    internal Dockerfile ParseFile()
    {
        var assembly = new StageAssembly(errors);
        while (ReadInstruction(out LogicalLine? line))
        {
            assembly.Add(ParseLine(line), line.At(0));
        }

        List<Stage> stages = assembly.Finish(new SourceLocation(file, Math.Max(1, lines.Length), 1));
        ThrowIfErrors();
        var dockerfile = new Dockerfile
        {
            Name = file,
            Escape = escape,
            Syntax = Directives.DetectSyntax(lines),
            Check = directives.Check,
            GlobalArguments = assembly.GlobalArguments,
            Stages = stages,
            EmptyContinuations = emptyContinuations,
        };
        return dockerfile with { Warnings = DockerfileLinter.Lint(dockerfile) };
    }

    internal Instruction ParseSingle()
    {
        Instruction? instruction = null;
        int count = 0;
        while (ReadInstruction(out LogicalLine? line))
        {
            count++;
            instruction = ParseLine(line);
            if (count == 2)
            {
                errors.Add(new DockerfileError(line.At(0), "one instruction is expected, and here a second one begins"));
            }
        }

        if (count == 0)
        {
            errors.Add(new DockerfileError(new SourceLocation(file, 1, 1), "there is no instruction"));
        }

        ThrowIfErrors();
        return instruction!;
    }

    private void CheckLineLengths()
    {
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > MaximumLineLength / 3 && Encoding.UTF8.GetByteCount(lines[i]) > MaximumLineLength)
            {
                errors.Add(new DockerfileError(
                    new SourceLocation(file, i + 1, 1), $"the line is longer than the maximum of {MaximumLineLength} bytes"));
            }
        }
    }

    private void ThrowIfErrors()
    {
        if (errors.Count == 0)
        {
            return;
        }

        DockerfileError[] sorted = [.. errors.OrderBy(error => error.Location.Line).ThenBy(error => error.Location.Column)];
        string message = sorted.Length == 1 ? sorted[0].ToString() : $"{file} has {sorted.Length} errors; the first: {sorted[0]}";
        throw new ZLayerException(ZLayerErrorKind.DockerfileSyntaxError, message)
        {
            Subject = sorted[0].Location.ToString(),
            Advice = sorted.Length == 1 ? "Correct the line." : "Correct the lines that the details list.",
            Details = [.. sorted.Select(error => error.ToString())],
        };
    }

    /// <summary>Joins the next instruction's lines. False at the end of the file.</summary>
    private bool ReadInstruction([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LogicalLine? line)
    {
        line = null;
        for (; next < lines.Length; next++)
        {
            string physical = lines[next].TrimEnd('\r');
            string content = physical.TrimStart();
            if (content.StartsWith('#'))
            {
                AddComment(content[1..].Trim());
                continue;
            }

            (string piece, bool continues) = TrimContinuation(content);
            if (piece.Length == 0 && !continues)
            {
                comments = [];
                continue;
            }

            line = new LogicalLine(file, next + 1) { Comments = comments };
            line.Append(piece, next + 1, physical.Length - content.Length + 1);
            next++;
            comments = [];
            if (continues)
            {
                ReadContinuations(line);
            }

            return true;
        }

        return false;
    }

    // An empty comment sets what is above apart from what is below, as an empty line does.
    private void AddComment(string comment)
    {
        if (comment.Length == 0)
        {
            comments = [];
        }
        else if (!directives.IsDirective(next))
        {
            comments.Add(comment);
        }
    }

    private void ReadContinuations(LogicalLine line)
    {
        SourceLocation? empty = null;
        bool continues = true;
        while (continues && next < lines.Length)
        {
            string physical = lines[next++].TrimEnd('\r');
            ReadOnlySpan<char> trimmed = physical.AsSpan().TrimStart();
            if (trimmed.StartsWith('#'))
            {
                continue;
            }

            if (trimmed.IsEmpty)
            {
                empty ??= new SourceLocation(file, next, 1);
                continue;
            }

            (string piece, continues) = TrimContinuation(physical);
            line.Append(piece, next, 1);
        }

        if (empty is { } location)
        {
            emptyContinuations.Add(location);
        }
    }

    // A lone escape character at the end continues the line; a pair of them is text.
    private (string Piece, bool Continues) TrimContinuation(string line)
    {
        string trimmed = line.TrimEnd(' ', '\t');
        bool continues = trimmed.EndsWith(escape) && (trimmed.Length == 1 || trimmed[^2] != escape);
        return continues ? (trimmed[..^1], true) : (line, false);
    }

    private Instruction? ParseLine(LogicalLine line)
    {
        string text = line.Text;
        var head = InstructionHead.Split(text, 0, escape);
        ReadHeredocs(line, text, head);
        return new InstructionParser(line, text, escape, errors).Parse(head);
    }

    private void ReadHeredocs(LogicalLine line, string text, InstructionHead head)
    {
        InstructionHead command = head.Is("ONBUILD") ? InstructionHead.Split(text, head.ArgumentsOffset, escape) : head;
        bool known = InstructionParser.IsKeyword(command.Keyword);
        bool takesHeredocs = command.Is("RUN") || command.Is("COPY") || command.Is("ADD");
        if ((known && !takesHeredocs) || !text.Contains("<<", StringComparison.Ordinal) || IsJson(command.Arguments))
        {
            return;
        }

        int bodyStart = next;
        foreach (Heredoc mark in HeredocWord.FindAll(text))
        {
            if (ReadBody(mark) is { } heredoc)
            {
                line.Heredocs.Add(heredoc);
                line.EndLine = next;
                continue;
            }

            // Behind a mistyped keyword a heredoc is a guess: if it does not end, it was none.
            next = known ? lines.Length : bodyStart;
            if (known)
            {
                errors.Add(new DockerfileError(line.At(0), $"the heredoc \"{mark.Name}\" is not terminated: no line says {mark.Name} alone"));
            }

            return;
        }
    }

    private static bool IsJson(string arguments)
    {
        try
        {
            return Words.JsonArray(arguments) is not null;
        }
        catch (SyntaxException)
        {
            // An array, but not of strings: the instruction's own parser says so.
            return true;
        }
    }

    private Heredoc? ReadBody(Heredoc mark)
    {
        var body = new StringBuilder();
        while (next < lines.Length)
        {
            string physical = lines[next++];
            string candidate = physical.TrimEnd('\r');
            if ((mark.StripTabs ? candidate.TrimStart('\t') : candidate) == mark.Name)
            {
                return mark with { Content = body.ToString() };
            }

            body.Append(physical);
            if (next < lines.Length || endsWithNewline)
            {
                body.Append('\n');
            }
        }

        return null;
    }
}
