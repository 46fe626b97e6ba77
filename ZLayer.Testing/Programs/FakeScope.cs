using System.Text;
using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Testing;

/// <summary>What a command of a fake container runs with.</summary>
internal sealed record FakeScope
{
    public required IReadOnlyList<string> Arguments { get; init; }

    public required Dictionary<string, string> Environment { get; init; }

    public required string User { get; init; }

    public required string Hostname { get; init; }

    public bool Tty { get; init; }

    public FakeInput Input { get; init; } = FakeInput.Closed();

    /// <summary>Takes what is written instead of the process; null writes to the process.</summary>
    public Action<LogStream, byte[]>? Redirect { get; init; }

    /// <summary>The working directory; <c>cd</c> changes it.</summary>
    public required string Directory { get; set; }

    /// <summary>The exit code of the last command of a shell.</summary>
    public int Status { get; set; }

    public void Write(FakeProcess process, LogStream stream, byte[] bytes)
    {
        if (Redirect is null)
        {
            process.Write(stream, bytes);
        }
        else
        {
            Redirect(stream, bytes);
        }
    }

    public void Print(FakeProcess process, string text) => Write(process, LogStream.StdOut, Encoding.UTF8.GetBytes(text));

    public void Complain(FakeProcess process, string text) => Write(process, LogStream.StdErr, Encoding.UTF8.GetBytes(text + "\n"));
}
