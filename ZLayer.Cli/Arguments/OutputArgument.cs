using ZLayer.Core.Exporters;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Arguments;

/// <summary><c>--output type=…,dest=PATH</c>; the destination <c>-</c> is standard output.</summary>
internal static class OutputArgument
{
    public static ExporterSpecification Parse(string text)
    {
        var output = Values.Read(() => ExporterSpecification.Parse(text));
        return output.Destination switch
        {
            null => output,
            "-" => output with { Stream = StandardStream.OpenOutput() },
            { } path when UserFile.IsStandardOutput(Path.GetFullPath(path)) => output with { Destination = "-", Stream = StandardStream.OpenOutput() },
            { } path => output with { Destination = Path.GetFullPath(path) },
        };
    }
}
