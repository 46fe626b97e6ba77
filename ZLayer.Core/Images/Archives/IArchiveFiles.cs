namespace ZLayer.Core.Images.Archives;

/// <summary>The files of an archive by path, wherever they are.</summary>
internal interface IArchiveFiles : IDisposable
{
    /// <summary>What the archive is, for errors: its path.</summary>
    string Subject { get; }

    /// <summary>Some paths at the top, for errors that say what was found instead.</summary>
    IEnumerable<string> TopNames { get; }

    /// <summary>The length of a file in bytes; null when there is none of that path.</summary>
    long? GetSize(string path);

    /// <summary>
    /// What tells a file from every other one of the archive: the same for all names and links of one file. The path itself where there is
    /// none.
    /// </summary>
    string Identify(string path);

    /// <summary>Opens a file that exists.</summary>
    Stream Open(string path);
}
