namespace ZLayer.Core.Runtimes.Observation;

/// <summary>Which of its streams a process wrote to.</summary>
public enum LogStream
{
    /// <summary>Standard input, echoed by an attached session.</summary>
    StdIn,
    /// <summary>Standard output; everything, for a container with a terminal.</summary>
    StdOut,
    /// <summary>Standard error.</summary>
    StdErr,
}
