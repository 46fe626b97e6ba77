namespace ZLayer.Core.Dockerfiles;

/// <summary>A document written into the Dockerfile below its instruction: <c>&lt;&lt;EOF</c>.</summary>
/// <param name="Name">The terminator word, without quotes.</param>
/// <param name="Content">The body as written, line ends included.</param>
/// <param name="Expand">False when any part of the word was quoted.</param>
/// <param name="StripTabs">True for <c>&lt;&lt;-</c>: leading tabs of each line are dropped.</param>
/// <param name="FileDescriptor">The number before <c>&lt;&lt;</c>; 0 when absent.</param>
internal sealed record Heredoc(string Name, string Content, bool Expand, bool StripTabs, int FileDescriptor)
{
    /// <summary>The body with leading tabs dropped where <see cref="StripTabs"/> asks for it.</summary>
    public string Text => StripTabs ? WithoutLeadingTabs(Content) : Content;

    private static string WithoutLeadingTabs(string content)
        => string.Join('\n', content.Split('\n').Select(line => line.TrimStart('\t')));
}
