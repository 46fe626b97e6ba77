using System.Management.Automation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// Where the asynchronous part of a cmdlet writes to. Every member may be called from any thread. The pipeline's own thread takes what is
/// written in order; when it does not keep up, writing waits. After the pipeline has ended, waiting writers get an
/// <see cref="OperationCanceledException"/>.
/// </summary>
public interface IPipelineSink
{
    /// <summary>Writes an object to the output stream.</summary>
    /// <param name="value">The object; a collection is written as one object.</param>
    ValueTask WriteObjectAsync(object? value);

    /// <summary>Writes objects to the output stream, one after the other.</summary>
    /// <param name="values">The objects; the list belongs to the sink from now on.</param>
    ValueTask WriteObjectsAsync(IReadOnlyList<object?> values);

    /// <summary>Writes a non-terminating error.</summary>
    /// <param name="error">The error.</param>
    ValueTask WriteErrorAsync(ErrorRecord error);

    /// <summary>Writes a line that a program wrote to its standard error: an error that says nothing of success or failure.</summary>
    /// <param name="line">The line as an error.</param>
    ValueTask WriteStandardErrorAsync(ErrorRecord line);

    /// <summary>Writes a line for operators: what is done and why.</summary>
    /// <param name="text">The line.</param>
    ValueTask WriteVerboseAsync(string text);

    /// <summary>Writes a warning: surprising, but the work goes on.</summary>
    /// <param name="text">The warning.</param>
    ValueTask WriteWarningAsync(string text);

    /// <summary>Writes a structured event to the information stream.</summary>
    /// <param name="data">The event; its text is the line that people read.</param>
    /// <param name="tag">The tag: <c>ZLayer.Build</c>, <c>ZLayer.Pull</c>, <c>ZLayer.Push</c>.</param>
    ValueTask WriteInformationAsync(object data, string tag);

    /// <summary>
    /// As <see cref="WriteInformationAsync"/>, for synchronous callbacks: blocks the caller while the pipeline does not keep up; dropped
    /// after its end.
    /// </summary>
    /// <param name="data">The event.</param>
    /// <param name="tag">The tag.</param>
    void PostInformation(object data, string tag);

    /// <summary>As <see cref="WriteWarningAsync"/>, for synchronous callbacks.</summary>
    /// <param name="text">The warning.</param>
    void PostWarning(string text);

    /// <summary>As <see cref="WriteVerboseAsync"/>, for synchronous callbacks.</summary>
    /// <param name="text">The line.</param>
    void PostVerbose(string text);

    /// <summary>Writes a line for those who look for a fault: a request and what came of it. For synchronous callbacks.</summary>
    /// <param name="text">The line.</param>
    void PostDebug(string text);

    /// <summary>Shows progress. Never waits: of several updates of one activity the latest is shown.</summary>
    /// <param name="progress">The state of one activity.</param>
    void ReportProgress(ProgressUpdate progress);

    /// <summary>A number for an activity of its own, unique in the cmdlet.</summary>
    int NewActivity();

    /// <summary>Asks whether to change something; answers -WhatIf and -Confirm. Never ask while a lock is held.</summary>
    /// <param name="target">What would be changed.</param>
    /// <param name="action">What would be done to it.</param>
    Task<bool> ShouldProcessAsync(string target, string action);

    /// <summary>Asks a question that only -Force answers without asking.</summary>
    /// <param name="query">The question.</param>
    /// <param name="caption">Its title.</param>
    Task<bool> ShouldContinueAsync(string query, string caption);
}
