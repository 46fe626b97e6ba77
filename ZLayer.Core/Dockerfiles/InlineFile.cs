namespace ZLayer.Core.Dockerfiles;

/// <summary>A file that COPY or ADD takes from a heredoc.</summary>
/// <param name="Name">The file's name: the heredoc's word.</param>
/// <param name="Content">The content; leading tabs are dropped already where <c>&lt;&lt;-</c> asks for it.</param>
/// <param name="Expand">True while variables in the content are still to be replaced.</param>
public sealed record InlineFile(string Name, string Content, bool Expand);
