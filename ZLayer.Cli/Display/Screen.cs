using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Display;

/// <summary>
/// Where everything goes that the command says. Lines go through <see cref="DisplayText"/>, since nearly all of them quote somebody: a name
/// from a registry, a comment of an image, a path. A command whose output nobody takes does its work all the same, and its exit code tells.
/// </summary>
internal static class Screen
{
    private static readonly ScreenWriter Output = new(StandardStream.OpenOutput());
    private static readonly ScreenWriter Error = new(StandardStream.OpenError());

    /// <summary>Takes the place of the console's own writers, for help texts and live displays too.</summary>
    public static void Open()
    {
        Console.SetOut(Output);
        Console.SetError(Error);
    }

    /// <summary>A line of the result.</summary>
    public static void Line(object? value) => Output.WriteLine(DisplayText.Line(Convert.ToString(value, CultureInfo.InvariantCulture)));

    /// <summary>A document that programs read: as it is.</summary>
    public static void Document(string text) => Output.WriteLine(text);

    /// <summary>A question, without the end of its line.</summary>
    public static void Ask(string text) => Output.Write(DisplayText.Line(text));

    /// <summary>A line beside the result: progress, a warning, an error.</summary>
    public static void Note(string? text) => Error.WriteLine(DisplayText.Line(text));

    /// <summary>Several lines of our own beside the result, such as the trace of an exception.</summary>
    public static void Notes(string text) => Error.WriteLine(DisplayText.Lines(text));

    /// <summary>
    /// The exit code, when all is said. What ended well and whose output was lost did not end well; nobody needs to be told that a reader
    /// such as <c>head</c> has read enough.
    /// </summary>
    public static int Conclude(int exitCode) => Output.Failure switch
    {
        { } failure when exitCode == ExitCode.Done => StandardStream.IsBrokenPipe(failure)
            ? ExitCode.BrokenPipe
            : ErrorReport.Failure(failure, verbose: false),
        _ => exitCode,
    };
}
