using System.Text;
using ZLayer.Core.Layers;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Testing;

/// <summary>Runs scripts with the programs of <see cref="FakePrograms"/>.</summary>
internal sealed class FakeShell(FakeProcess process)
{
    /// <summary>Runs a script.</summary>
    /// <returns>Its exit code.</returns>
    public static async Task<int> RunAsync(FakeProcess process, FakeScope scope, string script, IReadOnlyList<string> parameters)
    {
        FakeShellNode parsed;
        try
        {
            parsed = FakeShellParser.Parse(script);
        }
        catch (FakeSyntaxException e)
        {
            scope.Complain(process, $"sh: syntax error: {e.Message}");
            return 2;
        }

        for (var i = 0; i < parameters.Count; i++)
        {
            scope.Environment[i.ToString(System.Globalization.CultureInfo.InvariantCulture)] = parameters[i];
        }

        return await new FakeShell(process).RunAsync(parsed, scope).ConfigureAwait(false);
    }

    private Task<int> RunAsync(FakeShellNode node, FakeScope scope) => node switch
    {
        FakeCommandList list => RunListAsync(list, scope),
        FakePipeline pipeline => RunPipelineAsync(pipeline, scope),
        FakeWhile loop => RunWhileAsync(loop, scope),
        FakeFor loop => RunForAsync(loop, scope),
        FakeIf choice => RunIfAsync(choice, scope),
        FakeSimpleCommand command => RunSimpleAsync(command, scope),
        _ => throw new InvalidOperationException(node.GetType().Name),
    };

    private async Task<int> RunListAsync(FakeCommandList list, FakeScope scope)
    {
        foreach (var (tie, command) in list.Commands)
        {
            if (tie == ";" || (tie == "&&" && scope.Status == 0) || (tie == "||" && scope.Status != 0))
            {
                scope.Status = await RunInterruptiblyAsync(command, scope).ConfigureAwait(false);
            }
        }

        return scope.Status;
    }

    // A signal with a command ends what the shell waits for; then the command runs, and the script goes on.
    private async Task<int> RunInterruptiblyAsync(FakeShellNode command, FakeScope scope)
    {
        int status;
        try
        {
            status = await RunAsync(command, scope).ConfigureAwait(false);
        }
        catch (FakeInterruption interruption)
        {
            status = interruption.Code;
        }

        while (process.PendingSignal is { } signal)
        {
            process.PendingSignal = null;
            await RunAsync(FakeShellParser.Parse(process.Traps[signal]), scope).ConfigureAwait(false);
        }

        return status;
    }

    private async Task<int> RunPipelineAsync(FakePipeline pipeline, FakeScope scope)
    {
        var input = scope.Input;
        foreach (var command in pipeline.Commands.SkipLast(1))
        {
            var written = new MemoryStream();
            var part = scope with { Input = input, Environment = new(scope.Environment), Redirect = Capture(scope, written) };
            await RunAsync(command, part).ConfigureAwait(false);
            input = FakeInput.Of(written.ToArray());
        }

        return await RunAsync(pipeline.Commands[^1], scope with { Input = input }).ConfigureAwait(false);
    }

    private async Task<int> RunWhileAsync(FakeWhile loop, FakeScope scope)
    {
        var status = 0;
        while (true)
        {
            var waits = process.Waits;
            if ((await RunAsync(loop.Condition, scope).ConfigureAwait(false) == 0) == loop.Until)
            {
                return status;
            }

            status = await RunAsync(loop.Body, scope).ConfigureAwait(false);
            if (waits == process.Waits)
            {
                // A loop that never waits would never let go of whoever drives it.
                await process.SleepAsync(TimeSpan.FromMilliseconds(1)).ConfigureAwait(false);
            }
        }
    }

    private async Task<int> RunForAsync(FakeFor loop, FakeScope scope)
    {
        var status = 0;
        foreach (var value in await ExpandAllAsync(loop.Words, scope).ConfigureAwait(false))
        {
            scope.Environment[loop.Name] = value;
            status = await RunAsync(loop.Body, scope).ConfigureAwait(false);
        }

        return status;
    }

    private async Task<int> RunIfAsync(FakeIf choice, FakeScope scope)
    {
        foreach (var (condition, body) in choice.Branches)
        {
            if (await RunAsync(condition, scope).ConfigureAwait(false) == 0)
            {
                return await RunAsync(body, scope).ConfigureAwait(false);
            }
        }

        scope.Status = 0;
        return choice.Otherwise is null ? 0 : await RunAsync(choice.Otherwise, scope).ConfigureAwait(false);
    }

    private async Task<int> RunSimpleAsync(FakeSimpleCommand command, FakeScope scope)
    {
        var assignments = command.Words.TakeWhile(IsAssignment).ToList();
        var words = await ExpandAllAsync(command.Words.Skip(assignments.Count), scope).ConfigureAwait(false);
        var target = words.Count == 0 ? scope.Environment : new Dictionary<string, string>(scope.Environment);
        foreach (var assignment in assignments)
        {
            var equals = assignment.IndexOf('=', StringComparison.Ordinal);
            target[assignment[..equals]] = string.Join(' ', await ExpandAsync(assignment[(equals + 1)..], scope).ConfigureAwait(false));
        }

        var redirected = scope;
        foreach (var redirection in command.Redirections)
        {
            var path = string.Join(' ', await ExpandAsync(redirection.Target, scope).ConfigureAwait(false));
            redirected = Redirect(redirected, redirection, path) ?? throw new FakeExit(Fail(scope, path));
        }

        if (words.Count == 0)
        {
            return 0;
        }

        return await FakeBuiltins.RunAsync(process, scope, redirected, words).ConfigureAwait(false)
            ?? await FakePrograms.RunAsync(process, redirected with { Environment = target }, words).ConfigureAwait(false);
    }

    private int Fail(FakeScope scope, string path)
    {
        scope.Complain(process, $"sh: can't open {path}: no such file");
        return 1;
    }

    private FakeScope? Redirect(FakeScope scope, FakeRedirection redirection, string target)
    {
        if (redirection.Operator == "<")
        {
            return process.Container.Files.Find(FakeFileSystem.Normalize(target, scope.Directory)) is { Type: TarEntryType.File } file
                ? scope with { Input = FakeInput.Of(file.Content.ToArray()) }
                : null;
        }

        var from = redirection.Descriptor == 2 ? LogStream.StdErr : LogStream.StdOut;
        if (redirection.Operator == ">&")
        {
            var to = target == "2" ? LogStream.StdErr : LogStream.StdOut;
            return scope with { Redirect = (stream, bytes) => scope.Write(process, stream == from ? to : stream, bytes) };
        }

        var path = FakeFileSystem.Normalize(target, scope.Directory);
        if (path != "/dev/null")
        {
            FakePrograms.WriteFile(process, path, [], append: redirection.Operator == ">>");
        }

        return scope with { Redirect = (stream, bytes) => WriteTo(scope, path, stream == from, stream, bytes) };
    }

    private void WriteTo(FakeScope scope, string path, bool isRedirected, LogStream stream, byte[] bytes)
    {
        if (!isRedirected)
        {
            scope.Write(process, stream, bytes);
        }
        else if (path != "/dev/null")
        {
            FakePrograms.WriteFile(process, path, bytes, append: true);
        }
    }

    private Action<LogStream, byte[]> Capture(FakeScope scope, MemoryStream written) => (stream, bytes) =>
    {
        if (stream == LogStream.StdOut)
        {
            written.Write(bytes);
        }
        else
        {
            scope.Write(process, stream, bytes);
        }
    };

    private static bool IsAssignment(string word)
        => word.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
            && word[..equals].All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            && !char.IsAsciiDigit(word[0]);

    private async Task<List<string>> ExpandAllAsync(IEnumerable<string> words, FakeScope scope)
    {
        var expanded = new List<string>();
        foreach (var word in words)
        {
            expanded.AddRange(await ExpandAsync(word, scope).ConfigureAwait(false));
        }

        return expanded;
    }

    /// <summary>
    /// A word with its quotes removed and its variables and substitutions filled in; none or several where those are not quoted.
    /// </summary>
    private async Task<IReadOnlyList<string>> ExpandAsync(string word, FakeScope scope)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        var exists = false;
        var quoted = false;
        for (var i = 0; i < word.Length; i++)
        {
            switch (word[i])
            {
                case '\'' when !quoted:
                    var end = word.IndexOf('\'', i + 1);
                    field.Append(word, i + 1, end - i - 1);
                    (i, exists) = (end, true);
                    break;
                case '"':
                    (quoted, exists) = (!quoted, true);
                    break;
                case '\\' when i + 1 < word.Length && (!quoted || "$\"\\`".Contains(word[i + 1], StringComparison.Ordinal)):
                    field.Append(word[++i]);
                    exists = true;
                    break;
                case '$' when i + 1 < word.Length
                    && (word[i + 1] is '(' or '{' or '?' or '$' or '_' || char.IsAsciiLetterOrDigit(word[i + 1])):
                    var (value, next) = await ValueAsync(word, i, scope).ConfigureAwait(false);
                    i = next - 1;
                    if (quoted)
                    {
                        field.Append(value);
                    }
                    else
                    {
                        AppendSplit(value, field, fields, ref exists);
                    }

                    break;
                default:
                    field.Append(word[i]);
                    exists = true;
                    break;
            }
        }

        if (exists)
        {
            fields.Add(field.ToString());
        }

        return fields;
    }

    private static void AppendSplit(string value, StringBuilder field, List<string> fields, ref bool exists)
    {
        var parts = value.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            if (i > 0)
            {
                fields.Add(field.ToString());
                field.Clear();
            }

            field.Append(parts[i]);
            exists = true;
        }
    }

    private async Task<(string Value, int Next)> ValueAsync(string word, int dollar, FakeScope scope)
    {
        var start = dollar + 1;
        if (word[start] == '(')
        {
            var end = FakeShellParser.EndOfSubstitution(word, start + 1);
            var written = new MemoryStream();
            var inner = scope with { Environment = new(scope.Environment), Redirect = Capture(scope, written) };
            await RunAsync(FakeShellParser.Parse(word[(start + 1)..(end - 1)]), inner).ConfigureAwait(false);
            return (Encoding.UTF8.GetString(written.ToArray()).TrimEnd('\n'), end);
        }

        if (word[start] == '{' && word.IndexOf('}', start) is > 0 and var brace)
        {
            var name = word[(start + 1)..brace];
            var choice = name.IndexOf(":-", StringComparison.Ordinal);
            var known = scope.Environment.GetValueOrDefault(choice < 0 ? name : name[..choice], "");
            return (choice >= 0 && known.Length == 0 ? name[(choice + 2)..] : known, brace + 1);
        }

        if (word[start] is '?' or '$')
        {
            var number = word[start] == '?' ? scope.Status : process.Pid;
            return (number.ToString(System.Globalization.CultureInfo.InvariantCulture), start + 1);
        }

        var stop = start + 1;
        while (stop < word.Length && !char.IsAsciiDigit(word[start]) && (char.IsAsciiLetterOrDigit(word[stop]) || word[stop] == '_'))
        {
            stop++;
        }

        return (scope.Environment.GetValueOrDefault(word[start..stop], ""), stop);
    }
}
