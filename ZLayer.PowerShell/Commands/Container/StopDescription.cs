using System.Globalization;
using ZLayer.Core.Runtimes;

namespace ZLayer.PowerShell.Commands;

/// <summary>How a container is stopped, in the words of -WhatIf.</summary>
internal static class StopDescription
{
    /// <summary><c>SIGTERM, 10 s grace</c>.</summary>
    public static string Of(Signal? signal, TimeSpan? grace)
        => $"{signal?.Name ?? "its stop signal"}, {grace switch
        {
            null => "its grace period",
            { } span when span == Timeout.InfiniteTimeSpan => "no time limit",
            { } span => string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s grace"),
        }}";
}
