namespace ZLayer.Core.Dockerfiles;

/// <summary><c>COPY</c>: files of the context, a stage or an image.</summary>
public sealed record CopyInstruction : Instruction
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
    public override CopyInstruction Expand(VariableScope scope) => this with
    {
        Chown = FlagWord(Chown, scope),
        Chmod = FlagWord(Chmod, scope),
        Sources = EachWord(Sources, scope),
        Destination = Word(Destination, scope),
        InlineFiles = InlineFilesWith(InlineFiles, scope),
    };
}
