using System.Globalization;
using ZLayer.Core.Layers;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Testing;

/// <summary>The programs of fake containers that work with files.</summary>
internal static class FakeFilePrograms
{
    /// <summary>Runs a program.</summary>
    /// <returns>Its exit code; null when there is no such program.</returns>
    public static int? Run(FakeProcess process, FakeScope scope, string program, List<string> arguments)
    {
        var paths = arguments.Where(a => !a.StartsWith('-')).ToList();
        var options = string.Concat(arguments.Where(a => a.StartsWith('-')));
        return program switch
        {
            "ls" => List(process, scope, paths.Count == 0 ? ["."] : paths, options),
            "mkdir" => Each(paths, path => MakeDirectory(process, scope, path, options.Contains('p', StringComparison.Ordinal))),
            "touch" => Each(paths, path => Touch(process, scope, path)),
            "rm" => Each(paths, path => Remove(process, scope, path, options)),
            "test" => Test(process, scope, arguments),
            "[" => Test(process, scope, [.. arguments.SkipLast(1)]),
            _ => null,
        };
    }

    /// <summary><c>cat</c> and <c>wc</c>: files, or the input.</summary>
    public static async Task<int> ReadAsync(FakeProcess process, FakeScope scope, string program, List<string> arguments)
    {
        var counted = new MemoryStream();
        var target = program == "cat" ? scope : scope with { Redirect = (_, bytes) => counted.Write(bytes) };
        var status = 0;
        var paths = arguments.Where(a => !a.StartsWith('-') || a == "-").DefaultIfEmpty("-");
        foreach (var path in paths)
        {
            if (path == "-")
            {
                await CopyInputAsync(process, scope, target).ConfigureAwait(false);
            }
            else if (process.Container.Files.Find(Full(scope, path)) is { Type: TarEntryType.File } file)
            {
                target.Write(process, LogStream.StdOut, file.Content.ToArray());
            }
            else
            {
                scope.Complain(process, $"{program}: can't open '{path}': No such file or directory");
                status = 1;
            }
        }

        if (program == "wc")
        {
            var bytes = counted.ToArray();
            var number = arguments.Contains("-l") ? bytes.Count(b => b == '\n') : bytes.Length;
            scope.Print(process, string.Create(CultureInfo.InvariantCulture, $"{number}\n"));
        }

        return status;
    }

    /// <summary><c>tail -f</c> waits for ever; without <c>-f</c> it prints the whole file.</summary>
    public static async Task<int> TailAsync(FakeProcess process, FakeScope scope, List<string> arguments)
    {
        if (!arguments.Contains("/dev/null"))
        {
            await ReadAsync(process, scope, "cat", [.. arguments.Where(a => !a.StartsWith('-'))]).ConfigureAwait(false);
        }

        if (arguments.Exists(a => a is "-f" or "-F"))
        {
            await process.SleepAsync(null).ConfigureAwait(false);
        }

        return 0;
    }

    private static async Task CopyInputAsync(FakeProcess process, FakeScope scope, FakeScope target)
    {
        while (await process.ReadAsync(scope.Input).ConfigureAwait(false) is { Length: > 0 } bytes)
        {
            target.Write(process, LogStream.StdOut, bytes);
        }
    }

    private static string Full(FakeScope scope, string path) => FakeFileSystem.Normalize(path, scope.Directory);

    private static int Each(List<string> paths, Func<string, bool> work) => paths.Select(work).ToList().TrueForAll(done => done) ? 0 : 1;

    private static int List(FakeProcess process, FakeScope scope, List<string> paths, string options)
    {
        var files = process.Container.Files;
        var isLong = options.Contains('l', StringComparison.Ordinal);
        return Each(paths, path =>
        {
            var full = files.Resolve(Full(scope, path)) ?? "";
            if (files.Find(full) is not { } file)
            {
                scope.Complain(process, $"ls: {path}: No such file or directory");
                return false;
            }

            var names = file.IsDirectory
                ? files.List(full).Where(n => options.Contains('a', StringComparison.Ordinal) || !n.StartsWith('.'))
                : [path];
            scope.Print(process, string.Concat(names.Select(name =>
                (isLong ? Describe(files, file.IsDirectory ? FakeFileSystem.Normalize(name, full) : full) : "") + name + "\n")));
            return true;
        });
    }

    private static string Describe(FakeFileSystem files, string path)
    {
        var file = files.Find(path, followLast: false)!;
        return string.Create(
            CultureInfo.InvariantCulture, $"{file.StatMode} {file.Uid} {file.Gid} {file.Content.Length,8} {file.ModificationTime:yyyy-MM-dd HH:mm} ");
    }

    private static bool MakeDirectory(FakeProcess process, FakeScope scope, string path, bool parents)
    {
        var full = Full(scope, path);
        if (process.Container.Files.Find(full) is { } known)
        {
            if (!parents || !known.IsDirectory)
            {
                scope.Complain(process, $"mkdir: can't create directory '{path}': File exists");
            }

            return parents && known.IsDirectory;
        }

        if (!parents && process.Container.Files.Find(FakeFileSystem.ParentOf(full)) is null)
        {
            scope.Complain(process, $"mkdir: can't create directory '{path}': No such file or directory");
            return false;
        }

        process.Container.Files.Put(full, FakeFile.Directory(process.Container.State.Clock.Tick()));
        return true;
    }

    private static bool Touch(FakeProcess process, FakeScope scope, string path)
    {
        FakePrograms.WriteFile(process, Full(scope, path), [], append: true);
        return true;
    }

    private static bool Remove(FakeProcess process, FakeScope scope, string path, string options)
    {
        var full = Full(scope, path);
        var file = process.Container.Files.Find(full, followLast: false);
        var why = file is null ? "No such file or directory"
            : file.IsDirectory && !options.Contains('r', StringComparison.OrdinalIgnoreCase) ? "is a directory"
            : null;
        if (why is null)
        {
            process.Container.Files.Remove(full);
            return true;
        }

        if (file is null && options.Contains('f', StringComparison.Ordinal))
        {
            return true;
        }

        scope.Complain(process, $"rm: can't remove '{path}': {why}");
        return false;
    }

    private static int Test(FakeProcess process, FakeScope scope, List<string> arguments)
    {
        FakeFile? At(string path) => process.Container.Files.Find(Full(scope, path));
        var isTrue = arguments switch
        {
            ["!", .. var rest] => Test(process, scope, rest) != 0,
            ["-e", var path] => At(path) is not null,
            ["-f", var path] => At(path) is { Type: TarEntryType.File },
            ["-d", var path] => At(path) is { IsDirectory: true },
            ["-x", var path] => At(path) is { IsExecutable: true },
            ["-s", var path] => At(path) is { Content.Length: > 0 },
            ["-n", var text] => text.Length > 0,
            ["-z", var text] => text.Length == 0,
            [var text] => text.Length > 0,
            [var left, "=" or "==", var right] => left == right,
            [var left, "!=", var right] => left != right,
            [var left, var compare, var right] => Compare(left, compare, right),
            _ => false,
        };
        return isTrue ? 0 : 1;
    }

    private static bool Compare(string left, string compare, string right)
        => long.TryParse(left, CultureInfo.InvariantCulture, out var a)
            && long.TryParse(right, CultureInfo.InvariantCulture, out var b) && compare switch
        {
            "-eq" => a == b,
            "-ne" => a != b,
            "-lt" => a < b,
            "-le" => a <= b,
            "-gt" => a > b,
            "-ge" => a >= b,
            _ => false,
        };
}
