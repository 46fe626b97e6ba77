using System.Management.Automation;
using System.Text;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>
/// A line of output as it goes through a pipeline: the string that it is, to be compared, searched and converted, with what is known of it
/// as properties. Strings are shown as they are, and written to files so.
/// </summary>
internal static class OutputLine
{
    /// <summary>The line as an object of the pipeline.</summary>
    public static PSObject Of(LogRecord line)
    {
        var text = new PSObject(line.Text);
        OutputShape.Of(typeof(LogRecord)).AddProperties(line, text.Properties);
        return text;
    }

    /// <summary>
    /// The line of a log as an object of the pipeline: as any other, but its view shows control characters that could change the terminal.
    /// </summary>
    public static PSObject OfLog(LogRecord line)
    {
        var text = Of(line);
        text.TypeNames.Insert(0, typeof(LogRecord).FullName);
        return text;
    }

    /// <summary>The bytes of a line with its end, where an object is one, also after it was in a job; null for any other.</summary>
    public static (byte[] Bytes, byte[] Terminator)? BytesOf(object? value) => value switch
    {
        LogRecord line => (OutputValue.ToArray(line.Bytes), Encoding.UTF8.GetBytes(line.Terminator)),
        PSObject { BaseObject: string } text when text.Properties[nameof(LogRecord.Terminator)]?.Value is string end
            && Unwrap(text.Properties[nameof(LogRecord.Bytes)]?.Value) is byte[] bytes => (bytes, Encoding.UTF8.GetBytes(end)),
        _ => null,
    };

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;
}
