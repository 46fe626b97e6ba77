using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>
/// Reads the lines of a Dockerfile, joins them to instructions and groups these in stages. It goes on behind an error, so that
/// all errors of a file are found at once.
/// </summary>
internal sealed class DockerfileParser
{
    /// <summary>The longest line, in bytes of UTF-8, without its end.</summary>
    private const int MaximumLineLength = 65535;

    private readonly string _file;
    private readonly string[] _lines;
    private readonly HeredocTerminators _terminators;
    private readonly List<DockerfileError> _errors = [];
    private readonly List<SourceLocation> _emptyContinuations = [];
    private readonly Directives _directives;
    private readonly char _escape;
    private List<string> _comments = [];
    private int _next;

    internal DockerfileParser(string text, string file, char? escape = null)
    {
        _file = file;
        CheckSize(text, file);
        text = text.StartsWith('\ufeff') ? text[1..] : text;
        _lines = text.Split('\n');
        if (text.EndsWith('\n') || text.Length == 0)
        {
            _lines = _lines[..^1];
        }

        _terminators = new HeredocTerminators(_lines);

        _directives = escape is null ? Directives.Read(_lines, file, _errors) : new Directives();
        _escape = escape ?? _directives.Escape;
        CheckLineLengths();
    }

    /// <summary>What takes the place of the file's check directive; null for nothing.</summary>
    internal DockerfileCheckOptions? Check { get; init; }

    /// <summary>Hears what the rules about the text say of a file that has errors.</summary>
    internal Action<DockerfileWarning>? WarnOfBroken { get; init; }

    internal Dockerfile ParseFile()
    {
        var assembly = new StageAssembly(_errors);
        for (int count = 1; ReadInstruction(out LogicalLine? line); count++)
        {
            if (count > DockerfileLimits.Instructions)
            {
                _errors.Add(new DockerfileError(line.At(0), $"there are more than {DockerfileLimits.Instructions} instructions"));
            }

            if (_errors.Count >= DockerfileLimits.Errors || count > DockerfileLimits.Instructions)
            {
                break;
            }

            assembly.Add(ParseLine(line), line.At(0));
        }

        List<Stage> stages = assembly.Finish(new SourceLocation(_file, Math.Max(1, _lines.Length), 1));
        var dockerfile = new Dockerfile
        {
            Name = _file,
            Escape = _escape,
            Syntax = Directives.DetectSyntax(_lines),
            Check = Check ?? _directives.Check,
            GlobalArguments = assembly.GlobalArguments,
            Stages = stages,
            EmptyContinuations = _emptyContinuations,
        };
        if (_errors.Count > 0 && WarnOfBroken is { } warn)
        {
            DockerfileLinter.LintText(dockerfile).ToList().ForEach(warn);
        }

        ThrowIfErrors();
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
                _errors.Add(new DockerfileError(line.At(0), "one instruction is expected, and here a second one begins"));
            }
        }

        if (count == 0)
        {
            _errors.Add(new DockerfileError(new SourceLocation(_file, 1, 1), "there is no instruction"));
        }

        ThrowIfErrors();
        return instruction!;
    }

    private static void CheckSize(string text, string file)
    {
        if (text.Length > DockerfileLimits.FileSize)
        {
            throw new ZLayerException(ZLayerErrorKind.DockerfileSyntaxError, $"{file} is larger than {DockerfileLimits.FileSize} bytes.")
            {
                Subject = file,
                Advice = "Put large texts into files of the build context, and COPY them.",
            };
        }
    }

    private void CheckLineLengths()
    {
        for (int i = 0; i < _lines.Length; i++)
        {
            if (_lines[i].Length > MaximumLineLength / 3 && Encoding.UTF8.GetByteCount(_lines[i]) > MaximumLineLength)
            {
                _errors.Add(new DockerfileError(
                    new SourceLocation(_file, i + 1, 1), $"the line is longer than the maximum of {MaximumLineLength} bytes"));
            }
        }
    }

    private void ThrowIfErrors()
    {
        if (_errors.Count == 0)
        {
            return;
        }

        DockerfileError[] sorted = [.. _errors.OrderBy(error => error.Location.Line).ThenBy(error => error.Location.Column)];
        string message = sorted.Length == 1 ? sorted[0].ToString() : $"{_file} has {sorted.Length} errors; the first: {sorted[0]}";
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
        for (; _next < _lines.Length; _next++)
        {
            string physical = _lines[_next].TrimEnd('\r');
            string content = physical.TrimStart();
            if (content.StartsWith('#'))
            {
                AddComment(content[1..].Trim());
                continue;
            }

            (string piece, bool continues) = TrimContinuation(content);
            if (piece.Length == 0 && !continues)
            {
                _comments = [];
                continue;
            }

            line = new LogicalLine(_file, _next + 1) { Comments = _comments };
            line.Append(piece, _next + 1, physical.Length - content.Length + 1);
            _next++;
            _comments = [];
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
            _comments = [];
        }
        else if (!_directives.IsDirective(_next))
        {
            _comments.Add(comment);
        }
    }

    private void ReadContinuations(LogicalLine line)
    {
        SourceLocation? empty = null;
        bool continues = true;
        while (continues && _next < _lines.Length)
        {
            string physical = _lines[_next++].TrimEnd('\r');
            ReadOnlySpan<char> trimmed = physical.AsSpan().TrimStart();
            if (trimmed.StartsWith('#'))
            {
                continue;
            }

            if (trimmed.IsEmpty)
            {
                empty ??= new SourceLocation(_file, _next, 1);
                continue;
            }

            (string piece, continues) = TrimContinuation(physical);
            line.Append(piece, _next, 1);
        }

        if (empty is { } location)
        {
            _emptyContinuations.Add(location);
        }
    }

    // A lone escape character at the end continues the line; a pair of them is text.
    private (string Piece, bool Continues) TrimContinuation(string line)
    {
        string trimmed = line.TrimEnd(' ', '\t');
        bool continues = trimmed.EndsWith(_escape) && (trimmed.Length == 1 || trimmed[^2] != _escape);
        return continues ? (trimmed[..^1], true) : (line, false);
    }

    private Instruction? ParseLine(LogicalLine line)
    {
        string text = line.Text;
        var head = InstructionHead.Split(text, 0, _escape);
        ReadHeredocs(line, text, head);
        return new InstructionParser(line, text, _escape, _errors).Parse(head);
    }

    private void ReadHeredocs(LogicalLine line, string text, InstructionHead head)
    {
        InstructionHead command = head.Is("ONBUILD") ? InstructionHead.Split(text, head.ArgumentsOffset, _escape) : head;
        bool known = InstructionParser.IsKeyword(command.Keyword);
        bool takesHeredocs = command.Is("RUN") || command.Is("COPY") || command.Is("ADD");
        if ((known && !takesHeredocs) || !text.Contains("<<", StringComparison.Ordinal) || IsJson(command.Arguments))
        {
            return;
        }

        List<Heredoc> marks = HeredocWord.FindAll(text);
        if (!known && !_terminators.End(marks, _next))
        {
            return; // Behind a mistyped keyword a heredoc is a guess: if it does not end, it was none.
        }

        foreach (Heredoc mark in marks)
        {
            if (_terminators.Find(mark, _next) is not { } end)
            {
                _next = _lines.Length;
                _errors.Add(
                    new DockerfileError(line.At(0), $"the heredoc \"{mark.Name}\" is not terminated: no line says {mark.Name} alone"));
                return;
            }

            line.Heredocs.Add(mark with { Content = ReadBody(end) });
            line.EndLine = _next;
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

    // The lines up to the one that ends the heredoc, which is passed.
    private string ReadBody(int end)
    {
        var body = new StringBuilder();
        for (; _next < end; _next++)
        {
            body.Append(_lines[_next]).Append('\n');
        }

        _next++;
        return body.ToString();
    }
}
