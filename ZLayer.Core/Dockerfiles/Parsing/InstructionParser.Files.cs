using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Dockerfiles;

/// <summary>COPY and ADD.</summary>
internal sealed partial class InstructionParser
{
    private static readonly Dictionary<string, InstructionFlags.Kind> CopyFlags = new()
    {
        ["from"] = InstructionFlags.Kind.Text,
        ["chown"] = InstructionFlags.Kind.Text,
        ["chmod"] = InstructionFlags.Kind.Text,
        ["link"] = InstructionFlags.Kind.Boolean,
        ["parents"] = InstructionFlags.Kind.Boolean,
        ["exclude"] = InstructionFlags.Kind.List,
    };

    private static readonly Dictionary<string, InstructionFlags.Kind> AddFlags = new()
    {
        ["chown"] = InstructionFlags.Kind.Text,
        ["chmod"] = InstructionFlags.Kind.Text,
        ["link"] = InstructionFlags.Kind.Boolean,
        ["keep-git-dir"] = InstructionFlags.Kind.Boolean,
        ["checksum"] = InstructionFlags.Kind.Text,
        ["unpack"] = InstructionFlags.Kind.Boolean,
        ["exclude"] = InstructionFlags.Kind.List,
    };

    private CopyInstruction Copy()
    {
        InstructionFlags flags = Flags(CopyFlags);
        string? from = NonEmpty(flags.Text("from"));
        if (from is not null)
        {
            ReportAt(flags.OffsetOf("from"), () => CheckFrom(from));
        }

        (List<string> sources, List<InlineFile> files, string destination) = SourcesAndDestination();
        return new CopyInstruction
        {
            Sources = sources,
            InlineFiles = files,
            Destination = destination,
            From = from,
            Chown = NonEmpty(flags.Text("chown")),
            Chmod = NonEmpty(flags.Text("chmod")),
            Link = flags.Boolean("link") ?? false,
            Parents = flags.Boolean("parents") ?? false,
            Excludes = Excludes(flags),
        };
    }

    private AddInstruction Add()
    {
        InstructionFlags flags = Flags(AddFlags);
        (List<string> sources, List<InlineFile> files, string destination) = SourcesAndDestination();
        return new AddInstruction
        {
            Sources = sources,
            InlineFiles = files,
            Destination = destination,
            Chown = NonEmpty(flags.Text("chown")),
            Chmod = NonEmpty(flags.Text("chmod")),
            Link = flags.Boolean("link") ?? false,
            KeepGitDir = flags.Boolean("keep-git-dir"),
            Checksum = NonEmpty(flags.Text("checksum")),
            Unpack = flags.Boolean("unpack"),
            Excludes = Excludes(flags),
        };
    }

    // The graph of stages is drawn before any variable has a value.
    private void CheckFrom(string from)
    {
        if (VariableExpander.Word(from, new VariableScope(NoVariables, escape)) != from)
        {
            throw new SyntaxException(
                "variable expansion is not supported for --from: name a stage FROM the variable and copy from that one");
        }
    }

    private List<string> Excludes(InstructionFlags flags)
    {
        var excludes = new List<string>();
        foreach ((string value, int offset) in flags.List("exclude"))
        {
            ReportAt(offset, () => GlobSyntax.Check(value));
            excludes.Add(value);
        }

        return excludes;
    }

    private (List<string> Sources, List<InlineFile> Files, string Destination) SourcesAndDestination()
    {
        List<string> words = Words.JsonArray(_head.Arguments) ?? [.. Words.AtSpaces(_head.Arguments)];
        if (words.Count < 2)
        {
            throw new SyntaxException(words.Count == 0
                ? $"{Name} requires at least two arguments: sources and a destination"
                : $"{Name} requires at least two arguments, but only one was provided: \"{words[0]}\" has no destination");
        }

        if (HeredocWord.Parse(words[^1]) is not null)
        {
            throw new SyntaxException($"{Name} cannot accept a heredoc as a destination");
        }

        var sources = new List<string>();
        var files = new List<InlineFile>();
        foreach (string word in words[..^1])
        {
            if (HeredocWord.Parse(word) is { } mark)
            {
                Heredoc? heredoc = line.FindHeredoc(mark.Name);
                files.Add(new InlineFile(mark.Name, heredoc?.Text ?? "", mark.Expand));
            }
            else
            {
                sources.Add(word);
            }
        }

        return (sources, files, words[^1]);
    }
}
