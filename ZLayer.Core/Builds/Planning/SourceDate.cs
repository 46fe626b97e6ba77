using System.Globalization;
using ZLayer.Core.Builds.Files;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;

namespace ZLayer.Core.Builds.Planning;

/// <summary>
/// Finds the <c>SOURCE_DATE_EPOCH</c> of a build: a number of seconds, or as BuildKit has it the time of a source: <c>context</c>, a named
/// context, or a stage that is FROM scratch with one ADD of an address or a git repository.
/// </summary>
/// <param name="fetch">Fetches an address or a git repository.</param>
internal sealed class SourceDate(Func<string, RemoteSourceOptions, Task<CopySource>> fetch)
{
    /// <summary>The name of the build argument.</summary>
    public const string Name = "SOURCE_DATE_EPOCH";

    /// <summary>
    /// The build with its time: of the build argument, else of <see cref="BuildOptions.SourceDateEpoch"/>, else of an ARG before the first
    /// FROM. The argument of that name then is the number, and where a source has no time, there is none.
    /// </summary>
    /// <exception cref="ZLayerException">InvalidArgument: the value is neither a number nor such a source.</exception>
    public async Task<(BuildOptions Options, Dockerfile Dockerfile)> ResolveAsync(BuildOptions options, Dockerfile dockerfile)
    {
        var given = options.BuildArguments.GetValueOrDefault(Name)
            ?? options.SourceDateEpoch?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var text = given ?? DefaultOf(options, dockerfile);
        if (string.IsNullOrEmpty(text))
        {
            return (options, dockerfile);
        }

        var time = UnixSeconds.Parse(text) ?? await FindTimeAsync(text, options, dockerfile).ConfigureAwait(false);
        var arguments = new Dictionary<string, string>(options.BuildArguments, StringComparer.Ordinal);
        arguments.Remove(Name);
        if (time is { } found)
        {
            arguments[Name] = found.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            return (options with { SourceDateEpoch = found, BuildArguments = arguments }, dockerfile);
        }

        return (options with { SourceDateEpoch = null, BuildArguments = arguments }, WithoutDefault(dockerfile));
    }

    private static string? DefaultOf(BuildOptions options, Dockerfile dockerfile)
        => dockerfile.GlobalArguments.Any(instruction => instruction.Arguments.Any(argument => argument.Name == Name))
            ? GlobalsOf(options, dockerfile).FromScope(dockerfile.Escape).Get(Name)
            : null;

    private static GlobalArguments GlobalsOf(BuildOptions options, Dockerfile dockerfile)
        => GlobalArguments.Evaluate(
            dockerfile, options.BuildArguments, Platform.Host, options.Platforms.Count > 0
                ? options.Platforms[0].Normalize()
                : Platform.Host, null);

    private static Dockerfile WithoutDefault(Dockerfile dockerfile) => dockerfile with
    {
        GlobalArguments = [.. dockerfile.GlobalArguments.Select(i => i with { Arguments = [.. i.Arguments.Where(a => a.Name != Name)] })],
    };

    private async Task<DateTimeOffset?> FindTimeAsync(string text, BuildOptions options, Dockerfile dockerfile)
    {
        if (text == "context")
        {
            return null; // A directory has no time of its own.
        }

        if (NamedContexts.Find(options, text) is { } context)
        {
            return RemoteSources.IsRemote(context) ? await TimeOfAsync(context, new RemoteSourceOptions()).ConfigureAwait(false) : null;
        }

        var stage = dockerfile.Stages.FirstOrDefault(s => string.Equals(s.Name, text, StringComparison.OrdinalIgnoreCase))
            ?? throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"{Name} is '{text}', which is not a number of seconds, a stage or a named context.")
            {
                Subject = Name,
                Advice = "Write the seconds since 1970, such as 1700000000, or the name of a stage that only adds a git repository.",
            };
        var add = FindSource(stage, options, dockerfile);
        return await TimeOfAsync(
            add.Sources[0], new RemoteSourceOptions { Checksum = add.Checksum, KeepGitDirectory = add.KeepGitDir, Location = add.Location })
            .ConfigureAwait(false);
    }

    private static AddInstruction FindSource(Stage stage, BuildOptions options, Dockerfile dockerfile)
    {
        var globals = GlobalsOf(options, dockerfile);
        var scope = globals.FromScope(dockerfile.Escape);
        var variables = scope.Names.Where(name => name != Name)
            .ToDictionary(name => name, name => scope.Get(name)!, StringComparer.Ordinal);
        AddInstruction? source = null;
        foreach (var instruction in stage.Instructions)
        {
            var known = new VariableScope(variables, dockerfile.Escape);
            if (instruction is ArgInstruction arguments)
            {
                foreach (var argument in arguments.Arguments.Select(a => globals.Evaluate(a, arguments, known))
                    .Where(a => a.Default is not null))
                {
                    variables[argument.Name] = argument.Default!;
                }
            }
            else if (instruction is AddInstruction add && source is null)
            {
                source = add.Expand(known);
            }
            else
            {
                throw Unsuitable(instruction.Location);
            }
        }

        return stage.From.Expand(scope).Image == NamedContexts.Scratch
            && source is { Sources: [var address], InlineFiles.Count: 0 } && RemoteSources.IsRemote(address)
                ? source
                : throw Unsuitable(stage.From.Location);
    }

    private async Task<DateTimeOffset?> TimeOfAsync(string address, RemoteSourceOptions options)
    {
        var source = await fetch(address, options).ConfigureAwait(false);
        using var tree = source.Tree;
        if (tree is DirectoryTree)
        {
            return tree.Find("")!.ModificationTime; // A checkout has the time of its commit.
        }

        var file = tree.List(tree.Find("")!)[0];
        return file.ModifiedNanoseconds != 0 ? file.ModificationTime : NewestIn(file);
    }

    // A server that says no time may send an archive whose files have some.
    private static DateTimeOffset? NewestIn(FileNode file)
    {
        if (!ArchivePlan.IsArchive(file))
        {
            return null;
        }

        DateTimeOffset? newest = null;
        using var reader = new ArchivePlan(file).OpenReader();
        while (reader.MoveNext() is { } entry)
        {
            newest = entry.Type == TarEntryType.File && (newest is null || entry.ModificationTime > newest)
                ? entry.ModificationTime
                : newest;
        }

        return newest;
    }

    private static ZLayerException Unsuitable(SourceLocation location)
        => new(ZLayerErrorKind.BuildStepInvalid, $"The stage that {Name} names must be FROM scratch with one ADD of an address or a git repository, and ARGs for it ({location}).")
        {
            Subject = location.ToString(),
            Advice = "Move everything else to another stage.",
        };
}
