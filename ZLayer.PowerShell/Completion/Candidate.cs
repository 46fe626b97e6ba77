namespace ZLayer.PowerShell.Completion;

/// <summary>Something that completion offers.</summary>
/// <param name="Text">What is put into the command line, before quoting.</param>
/// <param name="ToolTip">What is shown about it; null shows the text.</param>
internal sealed record Candidate(string Text, string? ToolTip = null);
