namespace ZLayer.Testing;

/// <summary>A part of a script for the fake shell.</summary>
internal abstract record FakeShellNode;

/// <summary>A command: assignments, words as they are written, redirections.</summary>
internal sealed record FakeSimpleCommand(IReadOnlyList<string> Words, IReadOnlyList<FakeRedirection> Redirections) : FakeShellNode;

/// <summary>Commands one after the other; each is tied to the one before by <c>;</c>, <c>&amp;&amp;</c> or <c>||</c>.</summary>
internal sealed record FakeCommandList(IReadOnlyList<(string Tie, FakeShellNode Command)> Commands) : FakeShellNode;

/// <summary>Commands of which each reads what the one before wrote.</summary>
internal sealed record FakePipeline(IReadOnlyList<FakeShellNode> Commands) : FakeShellNode;

/// <summary><c>while</c> or <c>until</c>.</summary>
internal sealed record FakeWhile(FakeShellNode Condition, FakeShellNode Body, bool Until) : FakeShellNode;

/// <summary><c>for NAME in WORDS</c>.</summary>
internal sealed record FakeFor(string Name, IReadOnlyList<string> Words, FakeShellNode Body) : FakeShellNode;

/// <summary><c>if</c> with its <c>elif</c> branches.</summary>
internal sealed record FakeIf(IReadOnlyList<(FakeShellNode Condition, FakeShellNode Body)> Branches, FakeShellNode? Otherwise)
    : FakeShellNode;

/// <summary>A redirection: <c>&lt;</c>, <c>&gt;</c>, <c>&gt;&gt;</c> or <c>&gt;&amp;</c> of a descriptor.</summary>
internal sealed record FakeRedirection(int Descriptor, string Operator, string Target);

/// <summary>A script that the fake shell does not understand.</summary>
internal sealed class FakeSyntaxException(string message) : Exception(message);
