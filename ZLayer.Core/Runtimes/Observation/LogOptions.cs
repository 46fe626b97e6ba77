namespace ZLayer.Core.Runtimes.Observation;

/// <summary>Which part of a container's log.</summary>
public sealed record LogOptions
{
    /// <summary>Goes on with what is written from now on, until the container ends.</summary>
    public bool Follow { get; init; }

    /// <summary>Begins so many lines before the end; null is all, 0 none.</summary>
    public int? Tail { get; init; }

    /// <summary>Begins with what was written at that time.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Ends with what was written at that time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>Asks for the time of each chunk.</summary>
    public bool Timestamps { get; init; }

    /// <summary>
    /// Puts the attributes that the log driver kept before each chunk, and a space: <c>key=value,key=value</c>, encoded as in a query.
    /// There is nothing but the space where it kept none.
    /// </summary>
    public bool Details { get; init; }

    /// <summary>Includes standard output. Neither this nor <see cref="StdErr"/> means both.</summary>
    public bool StdOut { get; init; }

    /// <summary>Includes standard error.</summary>
    public bool StdErr { get; init; }
}
