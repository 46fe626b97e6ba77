using System.Globalization;
using ZLayer.Core.Runtimes;

namespace ZLayer.Testing;

/// <summary>The commands that only a shell can do, because they change the shell itself.</summary>
internal static class FakeBuiltins
{
    /// <summary>Runs a builtin.</summary>
    /// <returns>Its exit code; null when it is none.</returns>
    public static async Task<int?> RunAsync(FakeProcess process, FakeScope shell, FakeScope scope, List<string> words)
    {
        switch (words[0])
        {
            case ":":
                return 0;
            case "exit":
                throw new FakeExit(
                    words.Count > 1 && int.TryParse(words[1], CultureInfo.InvariantCulture, out var code) ? code : shell.Status);
            case "cd":
                return ChangeDirectory(
                    process, shell, scope, words.Count > 1 ? words[1] : shell.Environment.GetValueOrDefault("HOME", "/"));
            case "export":
                words.Skip(1).Select(w => w.Split('=', 2)).Where(w => w.Length == 2).ToList().ForEach(w => shell.Environment[w[0]] = w[1]);
                return 0;
            case "unset":
                words.Skip(1).ToList().ForEach(w => shell.Environment.Remove(w));
                return 0;
            case "set" or "wait":
                return 0;
            case "trap":
                return Trap(process, scope, words);
            case "read":
                return await ReadAsync(process, shell, words.Count > 1 ? words[1] : "REPLY").ConfigureAwait(false);
            case "exec":
                throw new FakeExit(await FakePrograms.RunAsync(process, scope, words[1..]).ConfigureAwait(false));
            default:
                return null;
        }
    }

    private static int ChangeDirectory(FakeProcess process, FakeScope shell, FakeScope scope, string path)
    {
        var target = FakeFileSystem.Normalize(path, shell.Directory);
        if (process.Container.Files.Find(target) is not { IsDirectory: true })
        {
            scope.Complain(process, $"sh: cd: can't cd to {path}: No such file or directory");
            return 2;
        }

        shell.Directory = target;
        shell.Environment["PWD"] = target;
        return 0;
    }

    private static int Trap(FakeProcess process, FakeScope scope, List<string> words)
    {
        foreach (var name in words.Skip(2))
        {
            if (!Signal.TryParse(name, out var signal))
            {
                if (name is "EXIT" or "0")
                {
                    continue;
                }

                scope.Complain(process, $"sh: trap: {name}: invalid signal specification");
                return 1;
            }

            if (words[1] == "-")
            {
                process.Traps.Remove(signal.Number);
            }
            else
            {
                process.Traps[signal.Number] = words[1];
            }
        }

        return 0;
    }

    // One line; what came after it in the same write is left for the next.
    private static async Task<int> ReadAsync(FakeProcess process, FakeScope shell, string name)
    {
        var bytes = await process.ReadAsync(shell.Input).ConfigureAwait(false);
        if (bytes.Length == 0)
        {
            return 1;
        }

        var end = Array.IndexOf(bytes, (byte)'\n');
        shell.Input.PutBack(end < 0 ? [] : bytes[(end + 1)..]);
        shell.Environment[name] = System.Text.Encoding.UTF8.GetString(end < 0 ? bytes : bytes[..end]);
        return 0;
    }
}
