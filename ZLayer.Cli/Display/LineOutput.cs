using System.Text;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Display;

/// <summary>Lines of a sequence that may go on for ever: each is written at once, and it ends when nobody reads any more.</summary>
internal static class LineOutput
{
    private static readonly Stream Output = StandardStream.OpenOutput();

    public static void Write(string line) => Output.Write(Encoding.UTF8.GetBytes(line + "\n"));
}
