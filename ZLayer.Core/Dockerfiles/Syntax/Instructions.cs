using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary><c>FROM [--platform=…] image [AS name]</c>: opens a stage.</summary>
public sealed record FromInstruction : Instruction
{
    /// <summary>An image reference, the name of an earlier stage, or <c>scratch</c>; may hold global ARG variables.</summary>
    public required string Image { get; init; }

    /// <summary>The value of <c>--platform</c>; may hold variables; null when absent.</summary>
    public string? Platform { get; init; }

    /// <summary>The stage's name in lower case; null when absent.</summary>
    public string? StageName { get; init; }

    /// <summary>The stage's name as written.</summary>
    internal string? StageNameAsWritten { get; init; }

    /// <summary>The word AS as written.</summary>
    internal string? AsKeyword { get; init; }

    /// <summary>Replaces the variables in the image and the platform. Both must not become empty.</summary>
    /// <inheritdoc/>
    internal override FromInstruction Expand(VariableScope scope)
    {
        string image = Word(Image, scope);
        if (image.Length == 0)
        {
            throw Fault($"the base image \"{Image}\" is empty after its variables are replaced", UnsetAdvice(scope));
        }

        string? platform = OptionalWord(Platform, scope);
        if (platform?.Length == 0)
        {
            throw Fault($"--platform={Platform} is empty after its variables are replaced", UnsetAdvice(scope));
        }

        return this with { Image = image, Platform = platform };
    }

    private static string? UnsetAdvice(VariableScope scope) => scope.Unset.Count == 0
        ? null
        : $"Declare {string.Join(", ", scope.Unset)} with ARG before the first FROM and give it a default, or set it for the build.";
}

/// <summary><c>ARG</c>: variables that the caller of the build may set.</summary>
public sealed record ArgInstruction : Instruction
{
    /// <summary>The definitions in order. A default may use the ones before it, on the same line too.</summary>
    public required IReadOnlyList<ArgDefinition> Arguments { get; init => field = value.ToArray(); }

    /// <summary>
    /// Replaces the variables in the defaults, all with the same scope; to honour earlier definitions of one line, expand them one by one.
    /// </summary>
    /// <inheritdoc/>
    internal override ArgInstruction Expand(VariableScope scope) => this with
    {
        Arguments = [.. Arguments.Select(argument => argument with { Default = OptionalWord(argument.Default, scope) })],
    };
}

/// <summary>One name of an ARG instruction.</summary>
/// <param name="Name">The name.</param>
/// <param name="Default">The default value; null when the instruction gives none.</param>
/// <param name="Description">What the comment <c># name description</c> above says; null when absent.</param>
public sealed record ArgDefinition(string Name, string? Default, string? Description = null);

/// <summary><c>ENV</c>: environment variables of this stage from here on.</summary>
internal sealed record EnvInstruction : Instruction
{
    /// <summary>The pairs in order. All of them are expanded with the environment before the instruction.</summary>
    public required IReadOnlyList<NameValue> Variables { get; init => field = value.ToArray(); }

    /// <inheritdoc/>
    internal override EnvInstruction Expand(VariableScope scope) => this with
    {
        Variables = [.. Variables.Select(pair => pair with { Name = Word(pair.Name, scope), Value = Word(pair.Value, scope) })],
    };
}

/// <summary><c>LABEL</c>: labels of the image.</summary>
internal sealed record LabelInstruction : Instruction
{
    /// <summary>The pairs in order.</summary>
    public required IReadOnlyList<NameValue> Labels { get; init => field = value.ToArray(); }

    /// <inheritdoc/>
    internal override LabelInstruction Expand(VariableScope scope) => this with
    {
        Labels = [.. Labels.Select(pair => pair with { Name = Word(pair.Name, scope), Value = Word(pair.Value, scope) })],
    };
}

/// <summary>One pair of ENV or LABEL.</summary>
/// <param name="Name">The name.</param>
/// <param name="Value">The value.</param>
/// <param name="IsLegacy">True for the old form <c>ENV name value</c>.</param>
internal sealed record NameValue(string Name, string Value, bool IsLegacy = false);

/// <summary><c>COPY</c>: files of the context, a stage or an image.</summary>
internal sealed record CopyInstruction : Instruction
{
    /// <summary>The source paths or patterns in order.</summary>
    public IReadOnlyList<string> Sources { get; init => field = value.ToArray(); } = [];

    /// <summary>The sources that are heredocs, in order.</summary>
    public IReadOnlyList<InlineFile> InlineFiles { get; init => field = value.ToArray(); } = [];

    /// <summary>Where to: a directory when it ends in <c>/</c> or there are several sources.</summary>
    public required string Destination { get; init; }

    /// <summary>
    /// The value of <c>--from</c>: a stage name or number, an image or a named context; never holds variables; null for the context.
    /// </summary>
    public string? From { get; init; }

    /// <summary>The value of <c>--chown</c>; null when absent.</summary>
    public string? Chown { get; init; }

    /// <summary>The value of <c>--chmod</c>: octal or symbolic; null when absent.</summary>
    public string? Chmod { get; init; }

    /// <summary>True for <c>--link</c>.</summary>
    public bool Link { get; init; }

    /// <summary>True for <c>--parents</c>.</summary>
    public bool Parents { get; init; }

    /// <summary>The <c>--exclude</c> patterns in order; never hold variables.</summary>
    public IReadOnlyList<string> Excludes { get; init => field = value.ToArray(); } = [];

    /// <inheritdoc/>
    internal override CopyInstruction Expand(VariableScope scope) => this with
    {
        Chown = FlagWord(Chown, scope),
        Chmod = FlagWord(Chmod, scope),
        Sources = EachWord(Sources, scope),
        Destination = Word(Destination, scope),
        InlineFiles = InlineFilesWith(InlineFiles, scope),
    };
}

/// <summary><c>ADD</c>: files, archives, downloads and git repositories.</summary>
internal sealed record AddInstruction : Instruction
{
    /// <summary>The source paths, patterns and URLs in order.</summary>
    public IReadOnlyList<string> Sources { get; init => field = value.ToArray(); } = [];

    /// <summary>The sources that are heredocs, in order.</summary>
    public IReadOnlyList<InlineFile> InlineFiles { get; init => field = value.ToArray(); } = [];

    /// <summary>Where to: a directory when it ends in <c>/</c> or there are several sources.</summary>
    public required string Destination { get; init; }

    /// <summary>The value of <c>--chown</c>; null when absent.</summary>
    public string? Chown { get; init; }

    /// <summary>The value of <c>--chmod</c>: octal or symbolic; null when absent.</summary>
    public string? Chmod { get; init; }

    /// <summary>True for <c>--link</c>.</summary>
    public bool Link { get; init; }

    /// <summary>The value of <c>--checksum</c>: a digest for downloads, a commit prefix for git; null when absent.</summary>
    public string? Checksum { get; init; }

    /// <summary>The value of <c>--keep-git-dir</c>; null when absent.</summary>
    public bool? KeepGitDir { get; init; }

    /// <summary>The value of <c>--unpack</c>; null when absent (local archives are unpacked, downloads are not).</summary>
    public bool? Unpack { get; init; }

    /// <summary>The <c>--exclude</c> patterns in order; never hold variables.</summary>
    public IReadOnlyList<string> Excludes { get; init => field = value.ToArray(); } = [];

    /// <inheritdoc/>
    internal override AddInstruction Expand(VariableScope scope) => this with
    {
        Chown = FlagWord(Chown, scope),
        Chmod = FlagWord(Chmod, scope),
        Checksum = FlagWord(Checksum, scope),
        Sources = EachWord(Sources, scope),
        Destination = Word(Destination, scope),
        InlineFiles = InlineFilesWith(InlineFiles, scope),
    };
}

/// <summary>A file that COPY or ADD takes from a heredoc.</summary>
/// <param name="Name">The file's name: the heredoc's word.</param>
/// <param name="Content">The content; leading tabs are dropped already where <c>&lt;&lt;-</c> asks for it.</param>
/// <param name="Expand">True while variables in the content are still to be replaced.</param>
internal sealed record InlineFile(string Name, string Content, bool Expand);

/// <summary><c>CMD</c>: the default command or the default arguments of the entry point.</summary>
internal sealed record CmdInstruction : Instruction
{
    /// <summary>The command.</summary>
    public required CommandLine Command { get; init; }
}

/// <summary><c>ENTRYPOINT</c>: the program that a container runs.</summary>
internal sealed record EntrypointInstruction : Instruction
{
    /// <summary>The command; an empty exec form takes the base image's entry point away.</summary>
    public required CommandLine Command { get; init; }
}

/// <summary><c>SHELL</c>: the shell of the shell forms from here on.</summary>
internal sealed record ShellInstruction : Instruction
{
    /// <summary>The shell and its options; at least one.</summary>
    public required IReadOnlyList<string> Shell { get; init => field = value.ToArray(); }
}

/// <summary><c>HEALTHCHECK</c>: how to see whether a container works.</summary>
internal sealed record HealthcheckInstruction : Instruction
{
    /// <summary>What to run; null for <c>HEALTHCHECK NONE</c>, which takes the base image's check away.</summary>
    public CommandLine? Command { get; init; }

    /// <summary>The time between checks; zero when absent.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>How long one check may take; zero when absent.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>How long failures do not count after the start; zero when absent.</summary>
    public TimeSpan StartPeriod { get; init; }

    /// <summary>The time between checks during the start period; zero when absent.</summary>
    public TimeSpan StartInterval { get; init; }

    /// <summary>How many failures in a row mean unhealthy; 0 when absent.</summary>
    public int Retries { get; init; }
}

/// <summary><c>EXPOSE</c>: ports that the image's program listens on.</summary>
internal sealed record ExposeInstruction : Instruction
{
    /// <summary>
    /// The words as written: <c>80</c>, <c>53/udp</c>, <c>8000-8010/tcp</c>, <c>$PORT</c>; after <see cref="Expand"/> without variables.
    /// </summary>
    public required IReadOnlyList<string> Ports { get; init => field = value.ToArray(); }

    /// <inheritdoc/>
    internal override ExposeInstruction Expand(VariableScope scope)
        => this with { Ports = [.. Ports.SelectMany(port => SplitWords(port, scope))] };

    /// <summary>Computes the ports one by one from expanded words, as an image config holds them: <c>80/tcp</c>.</summary>
    /// <returns>The ports in order; a range gives each of its ports.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>: a word is not a port specification.
    /// </exception>
    public IReadOnlyList<string> ResolvePorts()
    {
        var ports = new List<string>();
        foreach (string word in Ports)
        {
            try
            {
                ports.AddRange(PortSpecification.Parse(word).Expand());
            }
            catch (SyntaxException fault)
            {
                throw Fault(fault.Message);
            }
        }

        return ports;
    }
}

/// <summary><c>VOLUME</c>: paths that hold data outside of the image.</summary>
internal sealed record VolumeInstruction : Instruction
{
    /// <summary>The paths in order.</summary>
    public required IReadOnlyList<string> Paths { get; init => field = value.ToArray(); }

    /// <inheritdoc/>
    internal override VolumeInstruction Expand(VariableScope scope)
    {
        IReadOnlyList<string> paths = EachWord(Paths, scope);
        return paths.Contains("") ? throw Fault("a volume is empty after its variables are replaced") : this with { Paths = paths };
    }
}

/// <summary><c>USER</c>: who runs the commands from here on.</summary>
internal sealed record UserInstruction : Instruction
{
    /// <summary>A name or number, with an optional <c>:group</c>.</summary>
    public required string User { get; init; }

    /// <inheritdoc/>
    internal override UserInstruction Expand(VariableScope scope) => this with { User = Word(User, scope) };
}

/// <summary><c>WORKDIR</c>: the working directory from here on.</summary>
internal sealed record WorkdirInstruction : Instruction
{
    /// <summary>The path; a relative one continues the one before.</summary>
    public required string Path { get; init; }

    /// <inheritdoc/>
    internal override WorkdirInstruction Expand(VariableScope scope) => this with { Path = Word(Path, scope) };
}

/// <summary><c>STOPSIGNAL</c>: the signal that asks the container to end.</summary>
internal sealed record StopSignalInstruction : Instruction
{
    /// <summary>A name with or without <c>SIG</c>, or a number.</summary>
    public required string Signal { get; init; }

    /// <inheritdoc/>
    internal override StopSignalInstruction Expand(VariableScope scope) => this with { Signal = Word(Signal, scope) };
}

/// <summary><c>MAINTAINER</c>: the author; replaced by a label long ago.</summary>
internal sealed record MaintainerInstruction : Instruction
{
    /// <summary>The author.</summary>
    public required string Maintainer { get; init; }
}

/// <summary><c>ONBUILD</c>: an instruction for images that are built on this one.</summary>
internal sealed record OnBuildInstruction : Instruction
{
    /// <summary>The trigger, checked already; nothing in it is expanded before it runs.</summary>
    public required Instruction Trigger { get; init; }

    /// <summary>
    /// The trigger's text with its heredocs, as an image config keeps it and <see cref="Dockerfile.ParseInstruction"/> reads it.
    /// </summary>
    public required string TriggerText { get; init; }
}
