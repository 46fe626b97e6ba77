using System.Diagnostics;
using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Processes;
using ZLayer.Core.Foundation.Streams;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>
/// A connection through <c>ssh HOST docker system dial-stdio</c>, the way of Docker's own command line: its standard input and output are
/// the bytes. The process ends with the connection.
/// </summary>
internal static class SshConnection
{
    private const int LongestError = 2048;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Starts ssh. Whether it gets through shows when the first answer is read.</summary>
    public static DuplexStream Open(DockerEndpoint endpoint, TimeSpan timeout, string? program)
    {
        var process = Start(new ProgramStart([program ?? "ssh", .. Arguments(endpoint, timeout)]));
        var errors = new KeptText(LongestError);
        var remembering = errors.ReadAsync(process.StandardError);
        var ended = new TaskCompletionSource();
        return new DuplexStream(
            new StdioStream(process.StandardOutput.BaseStream, process.StandardInput.BaseStream, () => Kill(process)),
            _ =>
            {
                process.StandardInput.Close();
                return Task.CompletedTask;
            },
            () => _ = EndAsync(process, remembering, ended))
        {
            LastWords = () => LastWords(ended.Task, errors),
        };
    }

    private static IEnumerable<string> Arguments(DockerEndpoint endpoint, TimeSpan timeout)
    {
        yield return "-o";
        yield return string.Create(CultureInfo.InvariantCulture, $"ConnectTimeout={Math.Max(1, (int)timeout.TotalSeconds)}");
        // Each connection is an ssh of its own, often in the background: none may stop to ask a question.
        yield return "-o";
        yield return "BatchMode=yes";
        yield return "-T";
        if (endpoint.User is { } user)
        {
            yield return "-l";
            yield return user;
        }

        if (endpoint.Port is { } port)
        {
            yield return "-p";
            yield return port.ToString(CultureInfo.InvariantCulture);
        }

        yield return "--";
        yield return endpoint.Host!;
        foreach (var word in RemoteCommand(endpoint.Path))
        {
            yield return word;
        }
    }

    // The remote shell splits the words, so the path is quoted for it.
    private static string[] RemoteCommand(string? path)
        => path is null ? ["docker", "system", "dial-stdio"]
            : path.Contains("podman", StringComparison.Ordinal) ? ["podman", "--url", Quote("unix://" + path), "system", "dial-stdio"]
            : ["docker", "--host", Quote("unix://" + path), "system", "dial-stdio"];

    private static string Quote(string word) => "'" + word.Replace("'", @"'\''", StringComparison.Ordinal) + "'";

    private static Process Start(ProgramStart start)
    {
        try
        {
            return start.Start();
        }
        catch (ZLayerException e)
        {
            throw new EngineConnectException(
                ZLayerErrorKind.BuilderUnavailable, $"the program {start.Command[0]} cannot be started", "Install OpenSSH's client.", e);
        }
    }

    // The connection is closed before this is asked; what ssh says may come a moment later.
    private static string? LastWords(Task ended, KeptText errors)
    {
        ended.Wait(Patience);
        var said = errors.ToString().Trim().ReplaceLineEndings("; ").TrimEnd('.');
        return said.Length == 0 ? null : "ssh: " + said;
    }

    private static async Task EndAsync(Process process, Task remembering, TaskCompletionSource ended)
    {
        using (process)
        using (var patience = new CancellationTokenSource(Patience))
        {
            try
            {
                Kill(process);
                await process.WaitForExitAsync(patience.Token).ConfigureAwait(false);
                // What ssh said last may still be on its way.
                await remembering.WaitAsync(patience.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // Something that ssh left behind, such as a shared connection, holds on to its standard error.
            }
        }

        ended.SetResult();
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It was ended and disposed of already.
        }
    }

    /// <summary>The two pipes of a process as one stream.</summary>
    private sealed class StdioStream(Stream output, Stream input, Action abort) : AsyncForwardStream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        // A read of a pipe waits in the kernel, where cancellation does not reach it; the end of ssh does.
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var registration = cancellationToken.UnsafeRegister(_ => abort(), null);
            await using (registration.ConfigureAwait(false))
            {
                var count = await output.ReadAsync(buffer, CancellationToken.None).ConfigureAwait(false);
                cancellationToken.ThrowIfCancellationRequested();
                return count;
            }
        }

        public override int Read(byte[] buffer, int offset, int count) => output.Read(buffer, offset, count);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
            => input.WriteAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count) => input.Write(buffer, offset, count);

        public override void Flush() => input.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => input.FlushAsync(cancellationToken);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                input.Dispose();
                output.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
