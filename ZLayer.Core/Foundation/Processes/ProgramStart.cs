using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Foundation.Processes;

/// <summary>A program that is to be started, and how: the one way from here to another process.</summary>
/// <param name="Command">The program and its arguments.</param>
internal sealed record ProgramStart(IReadOnlyList<string> Command)
{
    /// <summary>Its working directory; null for that of this process.</summary>
    public string? Directory { get; init; }

    /// <summary>Environment variables that it gets; null takes one away.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Variables { get; init; } = [];

    /// <summary>Whether it gets the variables of this process, too.</summary>
    public bool InheritsVariables { get; init; } = true;

    /// <summary>Whether its standard streams are pipes to this process; else it has those of this process.</summary>
    public bool IsPiped { get; init; } = true;

    /// <summary>How many characters are kept of what it prints, where that is returned as text.</summary>
    public int LongestText { get; init; } = int.MaxValue;

    /// <summary>Starts it.</summary>
    /// <exception cref="ZLayerException">
    /// BuilderUnavailable, AccessDenied or ResourcesExhausted: it cannot be started, with the system's reason.
    /// </exception>
    public Process Start()
    {
        var start = new ProcessStartInfo(Command[0], Command.Skip(1))
        {
            RedirectStandardInput = IsPiped,
            RedirectStandardOutput = IsPiped,
            RedirectStandardError = IsPiped,
            WorkingDirectory = Directory ?? "",
        };
        if (!InheritsVariables)
        {
            start.Environment.Clear();
        }

        foreach (var (name, value) in Variables)
        {
            start.Environment[name] = value;
        }

        try
        {
            return Process.Start(start)!;
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            var number = SystemErrors.NumberOf(e);
            var kind = number is { } known && (SystemErrors.IsExhausted(known) || SystemErrors.IsDenied(known))
                ? SystemErrors.KindOf(known, isWrite: false)
                : ZLayerErrorKind.BuilderUnavailable;
            var why = e is Win32Exception ? SystemErrors.Describe(number ?? 0) + "." : e.Message;
            throw new ZLayerException(kind, $"Cannot start {start.FileName}: {why}", e)
            {
                Subject = start.FileName,
                Advice = SystemErrors.AdviceFor(number) ?? "Check that the program is installed and may be executed.",
            };
        }
    }

    /// <summary>Runs it to its end.</summary>
    /// <param name="input">What it reads; null for nothing.</param>
    /// <param name="cancellationToken">Kills it and all that it started.</param>
    /// <exception cref="ZLayerException">As of <see cref="Start"/>.</exception>
    public Task<ProgramResult> RunAsync(string? input, CancellationToken cancellationToken)
        => RunAsync(
            input is null ? null : new MemoryStream(Encoding.UTF8.GetBytes(input)),
            process => new KeptText(LongestText).ReadAsync(process.StandardOutput, cancellationToken),
            cancellationToken);

    /// <inheritdoc cref="RunAsync(string?, CancellationToken)"/>
    /// <param name="input">What it reads; null for nothing.</param>
    /// <param name="output">Receives what it prints; null to drop it.</param>
    /// <param name="cancellationToken">Kills it and all that it started.</param>
    public Task<ProgramResult> RunAsync(Stream? input, Stream? output, CancellationToken cancellationToken)
        => RunAsync(
            input,
            async process =>
            {
                await process.StandardOutput.BaseStream.CopyToAsync(output ?? Stream.Null, cancellationToken).ConfigureAwait(false);
                return "";
            },
            cancellationToken);

    private async Task<ProgramResult> RunAsync(Stream? input, Func<Process, Task<string>> read, CancellationToken cancellationToken)
    {
        using var process = Start();
        try
        {
            var error = new KeptText(LongestText).ReadAsync(process.StandardError, cancellationToken);
            var output = read(process);
            await FeedAsync(process, input, cancellationToken).ConfigureAwait(false);
            var printed = await output.ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return new ProgramResult(process.ExitCode, printed, (await error.ConfigureAwait(false)).Trim());
        }
        catch
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static async Task FeedAsync(Process process, Stream? input, CancellationToken cancellationToken)
    {
        var standardInput = process.StandardInput.BaseStream;
        try
        {
            if (input is not null)
            {
                await input.CopyToAsync(standardInput, cancellationToken).ConfigureAwait(false);
            }

            await standardInput.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException) when (input is null or MemoryStream || process.HasExited || !standardInput.CanWrite)
        {
            // It ended without reading everything: its exit code and its errors say why.
        }
    }
}

/// <summary>What a program returned and printed.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">What it printed to standard output; empty where that went to a stream.</param>
/// <param name="Error">What it printed to standard error, without white space around it.</param>
internal sealed record ProgramResult(int ExitCode, string Output, string Error);
