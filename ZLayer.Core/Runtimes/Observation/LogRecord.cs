namespace ZLayer.Core.Runtimes.Observation;

/// <summary>A line that a container or a command in one wrote.</summary>
public sealed record LogRecord
{
    /// <summary>When, as the runtime noted it; the time of arrival where it notes none.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Where it was written to.</summary>
    public required LogStream Stream { get; init; }

    /// <summary>The line without its end. Bytes that are not UTF-8 show as U+FFFD; they are whole in <see cref="Bytes"/>.</summary>
    public required string Text { get; init; }

    /// <summary>The line's bytes without its end.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>
    /// What ended the line: LF, CR and LF, or nothing for the last line of an output that does not end in a line end. <see cref="Bytes"/>
    /// and this, line after line, are the stream's bytes as they were.
    /// </summary>
    public string Terminator { get; init; } = "\n";

    /// <summary>The container.</summary>
    public required string ContainerName { get; init; }

    /// <summary>The runtime that holds the container.</summary>
    public string Runtime { get; init; } = "";

    /// <summary>The text alone, so that lines can be searched and written to files.</summary>
    public override string ToString() => Text;
}
