using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Solving;

/// <summary>Where a step stands, for events.</summary>
/// <param name="Step">Its number in the build.</param>
/// <param name="Stage">The index of its stage.</param>
/// <param name="Index">Its index in the stage.</param>
internal sealed record StepPosition(int Step, int Stage, int Index)
{
    /// <summary>The beginning of an instruction, for reasons: <c>COPY package.json</c>.</summary>
    public static string ShortTitle(Instruction instruction)
        => instruction switch
        {
            CopyInstruction copy => "COPY " + Sources(copy.Sources, copy.InlineFiles),
            AddInstruction add => "ADD " + Sources(add.Sources, add.InlineFiles),
            _ => Cut(instruction.OriginalText),
        };

    private static string Sources(IReadOnlyList<string> sources, IReadOnlyList<InlineFile> files)
        => Cut(string.Join(' ', sources.Concat(files.Select(f => "<<" + f.Name))));

    private static string Cut(string text)
    {
        var line = AddressRedaction.Redact(text.ReplaceLineEndings(" "));
        return line.Length <= 60 ? line : string.Concat(line.AsSpan(0, 59), "…");
    }
}
