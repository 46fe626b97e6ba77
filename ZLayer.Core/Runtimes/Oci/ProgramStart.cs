using System.ComponentModel;
using System.Diagnostics;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>Starts programs.</summary>
internal static class ProgramStart
{
    /// <summary>Starts a program that was found.</summary>
    /// <exception cref="ZLayerException">BuilderUnavailable, AccessDenied or ResourcesExhausted: it cannot be started, with the system's reason.</exception>
    public static Process Start(ProcessStartInfo start)
    {
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
            throw new ZLayerException(kind, $"Cannot start {start.FileName}: {(e is Win32Exception ? SystemErrors.Describe(number ?? 0) + "." : e.Message)}", e)
            {
                Subject = start.FileName,
                Advice = SystemErrors.AdviceFor(number) ?? "Check that the program is installed and may be executed.",
            };
        }
    }
}
