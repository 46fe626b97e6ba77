namespace ZLayer.Core.Dockerfiles;

/// <summary><c>ADD</c>: files, archives, downloads and git repositories.</summary>
public sealed record AddInstruction : Instruction
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
    public override AddInstruction Expand(VariableScope scope) => this with
    {
        Chown = FlagWord(Chown, scope),
        Chmod = FlagWord(Chmod, scope),
        Checksum = FlagWord(Checksum, scope),
        Sources = EachWord(Sources, scope),
        Destination = Word(Destination, scope),
        InlineFiles = InlineFilesWith(InlineFiles, scope),
    };
}
