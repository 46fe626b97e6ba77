namespace ZLayer.Testing;

/// <summary>
/// Reads scripts: lists, pipelines, redirections, <c>if</c>, <c>while</c>, <c>until</c>, <c>for</c>. Words stay as they are written.
/// </summary>
internal sealed class FakeShellParser
{
    private static readonly string[] Operators = ["&&", "||", ">>", ">&", ";", "|", "<", ">", "&", "(", ")"];

    private readonly List<(string Text, bool IsOperator)> _tokens = [];
    private int _at;

    private FakeShellParser(string script) => Tokenize(script);

    public static FakeShellNode Parse(string script)
    {
        var parser = new FakeShellParser(script);
        var list = parser.ParseList([]);
        return parser._at == parser._tokens.Count ? list : throw parser.Unexpected();
    }

    private void Tokenize(string script)
    {
        for (var i = 0; i < script.Length;)
        {
            if (script[i] == '\n')
            {
                _tokens.Add((";", true));
                i++;
            }
            else if (char.IsWhiteSpace(script[i]))
            {
                i++;
            }
            else if (script[i] == '#')
            {
                i = script.IndexOf('\n', i) is >= 0 and var end ? end : script.Length;
            }
            else if (Array.Find(Operators, o => string.CompareOrdinal(script, i, o, 0, o.Length) == 0) is { } found)
            {
                _tokens.Add((found, true));
                i += found.Length;
            }
            else
            {
                var end = EndOfWord(script, i);
                var isDescriptor = end < script.Length && script[end] is '<' or '>' && end - i == 1 && char.IsAsciiDigit(script[i]);
                _tokens.Add((script[i..end], isDescriptor));
                i = end;
            }
        }
    }

    private static int EndOfWord(string script, int start)
    {
        var i = start;
        while (i < script.Length && !char.IsWhiteSpace(script[i]) && !";|&<>()".Contains(script[i], StringComparison.Ordinal))
        {
            i = script[i] switch
            {
                '\'' => Closing(script, i + 1, '\''),
                '"' => ClosingDoubleQuote(script, i + 1),
                '\\' => Math.Min(i + 2, script.Length),
                '$' when i + 1 < script.Length && script[i + 1] == '(' => EndOfSubstitution(script, i + 2),
                _ => i + 1,
            };
        }

        return i;
    }

    /// <summary>Where a <c>$(…)</c> ends, given where its script starts.</summary>
    public static int EndOfSubstitution(string script, int start)
    {
        var i = start;
        for (var depth = 1; depth > 0; i++)
        {
            if (i >= script.Length)
            {
                throw new FakeSyntaxException("a $( has no )");
            }

            depth += script[i] switch { '(' => 1, ')' => -1, _ => 0 };
        }

        return i;
    }

    private static int Closing(string script, int start, char quote)
        => script.IndexOf(quote, start) is >= 0 and var end ? end + 1 : throw new FakeSyntaxException($"a {quote} is not closed");

    private static int ClosingDoubleQuote(string script, int start)
    {
        for (var i = start; i < script.Length; i++)
        {
            switch (script[i])
            {
                case '"':
                    return i + 1;
                case '\\':
                    i++;
                    break;
                case '$' when i + 1 < script.Length && script[i + 1] == '(':
                    i = EndOfSubstitution(script, i + 2) - 1;
                    break;
            }
        }

        throw new FakeSyntaxException("a \" is not closed");
    }

    private FakeShellNode ParseList(string[] ends)
    {
        var commands = new List<(string, FakeShellNode)>();
        var tie = ";";
        while (true)
        {
            while (tie == ";" && IsOperator(";"))
            {
                _at++;
            }

            if (_at == _tokens.Count || (!Current.IsOperator && ends.Contains(Current.Text)))
            {
                return tie == ";" ? new FakeCommandList(commands) : throw Unexpected();
            }

            commands.Add((tie, ParsePipeline()));
            if (_at == _tokens.Count || !(IsOperator(";") || IsOperator("&&") || IsOperator("||")))
            {
                return new FakeCommandList(commands);
            }

            tie = _tokens[_at++].Text;
        }
    }

    private FakeShellNode ParsePipeline()
    {
        var commands = new List<FakeShellNode> { ParseCommand() };
        while (IsOperator("|"))
        {
            _at++;
            commands.Add(ParseCommand());
        }

        return commands is [var only] ? only : new FakePipeline(commands);
    }

    private FakeShellNode ParseCommand() => _at < _tokens.Count && !Current.IsOperator
        ? Current.Text switch
        {
            "if" => ParseIf(),
            "while" or "until" => ParseWhile(),
            "for" => ParseFor(),
            _ => ParseSimple(),
        }
        : ParseSimple();

    private FakeSimpleCommand ParseSimple()
    {
        var words = new List<string>();
        var redirections = new List<FakeRedirection>();
        while (_at < _tokens.Count)
        {
            if (!Current.IsOperator)
            {
                words.Add(_tokens[_at++].Text);
            }
            else if (Current.Text is "<" or ">" or ">>" or ">&" || char.IsAsciiDigit(Current.Text[0]))
            {
                redirections.Add(ParseRedirection());
            }
            else
            {
                break;
            }
        }

        return words.Count + redirections.Count > 0 ? new FakeSimpleCommand(words, redirections) : throw Unexpected();
    }

    private FakeRedirection ParseRedirection()
    {
        int? descriptor = char.IsAsciiDigit(Current.Text[0]) ? _tokens[_at++].Text[0] - '0' : null;
        var kind = _tokens[_at++].Text;
        return _at < _tokens.Count && !Current.IsOperator
            ? new FakeRedirection(descriptor ?? (kind == "<" ? 0 : 1), kind, _tokens[_at++].Text)
            : throw Unexpected();
    }

    private FakeIf ParseIf()
    {
        var branches = new List<(FakeShellNode, FakeShellNode)>();
        do
        {
            _at++;
            var condition = ParseList(["then"]);
            Expect("then");
            branches.Add((condition, ParseList(["elif", "else", "fi"])));
        }
        while (IsWord("elif"));

        FakeShellNode? otherwise = null;
        if (IsWord("else"))
        {
            _at++;
            otherwise = ParseList(["fi"]);
        }

        Expect("fi");
        return new FakeIf(branches, otherwise);
    }

    private FakeWhile ParseWhile()
    {
        var until = _tokens[_at++].Text == "until";
        var condition = ParseList(["do"]);
        return new FakeWhile(condition, ParseBody(), until);
    }

    private FakeFor ParseFor()
    {
        _at++;
        var name = _at < _tokens.Count ? _tokens[_at++].Text : throw Unexpected();
        Expect("in");
        var words = new List<string>();
        while (_at < _tokens.Count && !Current.IsOperator)
        {
            words.Add(_tokens[_at++].Text);
        }

        while (IsOperator(";"))
        {
            _at++;
        }

        return new FakeFor(name, words, ParseBody());
    }

    private FakeShellNode ParseBody()
    {
        Expect("do");
        var body = ParseList(["done"]);
        Expect("done");
        return body;
    }

    private (string Text, bool IsOperator) Current => _tokens[_at];

    private bool IsOperator(string text) => _at < _tokens.Count && Current == (text, true);

    private bool IsWord(string text) => _at < _tokens.Count && Current == (text, false);

    private void Expect(string word)
    {
        if (!IsWord(word))
        {
            throw Unexpected();
        }

        _at++;
    }

    private FakeSyntaxException Unexpected()
        => new(_at < _tokens.Count ? $"unexpected \"{Current.Text}\"" : "unexpected end of the script");
}
