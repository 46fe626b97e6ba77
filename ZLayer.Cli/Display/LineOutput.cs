using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Display;

/// <summary>Lines of a sequence that may go on for ever: each is written at once, and it ends when nobody reads any more.</summary>
internal static class LineOutput
{
    private static readonly Stream Output = StandardStream.OpenOutput();

    /// <summary>Fields of a line, separated by tabs.</summary>
    public static void Write(params IEnumerable<string?> fields) => WriteAsIs(string.Join('\t', fields.Select(DisplayText.Line)));

    /// <summary>A document that programs read, or a table that is clean.</summary>
    public static void WriteAsIs(string line) => Output.Write(Encoding.UTF8.GetBytes(line + "\n"));
}
