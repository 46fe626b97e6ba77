using ZLayer.Core.Errors;

namespace ZLayer.Cli.Display;

/// <summary>How a line of a live display looks.</summary>
internal enum LineStyle
{
    Plain,
    Heading,
    Running,
    Done,
    Cached,
    Dim,
    Warning,
    Failed,
}

/// <summary>One line of a live display, with an optional text at the right edge.</summary>
internal sealed record DisplayLine(string Text, LineStyle Style = LineStyle.Plain, string? Right = null)
{
    /// <summary>The line in exactly the given width: cut with an ellipsis, the right text kept.</summary>
    public string Fit(int width)
    {
        var room = Math.Max(1, width - (Right is null ? 0 : Right.Length + 1));
        var text = DisplayText.Line(Text);
        text = text.Length <= room ? text : text[..(room - 1)] + "…";
        return Right is null ? text : text.PadRight(room) + " " + Right;
    }
}
