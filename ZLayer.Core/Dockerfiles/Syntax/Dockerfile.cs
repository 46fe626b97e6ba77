namespace ZLayer.Core.Dockerfiles;

/// <summary>A parsed Dockerfile: immutable, every node with its place.</summary>
public sealed record Dockerfile
{
    /// <summary>The name of the file as the caller gave it.</summary>
    public required string Name { get; init; }

    /// <summary>The escape character of <c># escape=</c>: <c>\</c> or a backtick.</summary>
    public char Escape { get; init; } = '\\';

    /// <summary>The front end's image reference of <c># syntax=</c>; null when absent.</summary>
    public string? Syntax { get; init; }

    /// <summary>What <c># check=</c> says.</summary>
    public DockerfileCheckOptions Check { get; init; } = DockerfileCheckOptions.Default;

    /// <summary>The ARG instructions before the first FROM.</summary>
    public IReadOnlyList<ArgInstruction> GlobalArguments { get; init => field = value.ToArray(); } = [];

    /// <summary>The stages in order; at least one.</summary>
    public required IReadOnlyList<Stage> Stages { get; init => field = value.ToArray(); }

    /// <summary>What the rules say that need nothing but the text, in the order of the file.</summary>
    public IReadOnlyList<DockerfileWarning> Warnings { get; init => field = value.ToArray(); } = [];

    /// <summary>Parses a Dockerfile.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="name">The name for locations; the file is not opened.</param>
    /// <returns>The syntax tree.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>, with every error of the file in its details.
    /// </exception>
    public static Dockerfile Parse(string text, string name = "Dockerfile") => new DockerfileParser(text, name).ParseFile();

    /// <summary>Parses a Dockerfile for a build.</summary>
    /// <param name="text">The whole text.</param>
    /// <param name="name">The name for locations.</param>
    /// <param name="check">What takes the place of the file's check directive; null for nothing.</param>
    /// <param name="warn">Hears what the rules about the text say of a file that has errors.</param>
    internal static Dockerfile Parse(string text, string name, DockerfileCheckOptions? check, Action<DockerfileWarning>? warn)
        => new DockerfileParser(text, name) { Check = check, WarnOfBroken = warn }.ParseFile();

    /// <summary>Parses a Dockerfile from its bytes: UTF-8, with or without a byte order mark.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">The name for locations; the file is not opened.</param>
    /// <returns>The syntax tree.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>, with every error of the file in its details.
    /// </exception>
    public static Dockerfile Parse(ReadOnlyMemory<byte> bytes, string name = "Dockerfile")
        => Parse(System.Text.Encoding.UTF8.GetString(bytes.Span), name);

    /// <summary>Parses one instruction: an ONBUILD trigger of a base image, or a change given on a command line.</summary>
    /// <param name="text">The instruction, with its heredocs.</param>
    /// <param name="name">The name for locations.</param>
    /// <param name="escape">The escape character.</param>
    /// <returns>The instruction.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.DockerfileSyntaxError"/>: it is not one valid instruction.
    /// </exception>
    public static Instruction ParseInstruction(string text, string name = "instruction", char escape = '\\')
        => new DockerfileParser(text, name, escape).ParseSingle();

    /// <summary>Finds a stage by name (case does not matter) or number.</summary>
    /// <param name="nameOrIndex">What <c>--target</c> or <c>--from</c> says.</param>
    /// <returns>The stage; of several with one name the last; null when there is none.</returns>
    public Stage? FindStage(string nameOrIndex)
    {
        Stage? named = Stages.LastOrDefault(stage => string.Equals(stage.Name, nameOrIndex, StringComparison.OrdinalIgnoreCase));
        return named ?? (int.TryParse(
            nameOrIndex, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int index)
            ? Stages.ElementAtOrDefault(index)
            : null);
    }

    /// <summary>
    /// Finds the front end that a file asks for: the first word of <c># syntax=</c>, <c>// syntax=</c>, or of <c>"syntax"</c> in a JSON
    /// file.
    /// </summary>
    /// <param name="text">The whole text, which need not be a Dockerfile.</param>
    /// <returns>An image reference; null when the file asks for none.</returns>
    public static string? DetectSyntax(string text)
        => Directives.DetectSyntax((text.StartsWith('\ufeff') ? text[1..] : text).Split('\n'));

    /// <summary>Where a continuation was followed by an empty line.</summary>
    internal IReadOnlyList<SourceLocation> EmptyContinuations { get; init; } = [];
}
