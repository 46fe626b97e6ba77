using System.IO.Pipes;
using System.Runtime.InteropServices;

namespace ZLayer.Core.Runtimes.Docker.Wire;

/// <summary>The named pipe of a Windows engine, which carries messages: an empty one says that no more comes.</summary>
internal static partial class MessagePipe
{
    /// <summary>Writes an empty message, which <see cref="PipeStream"/> itself would not.</summary>
    public static unsafe Task CloseWriteAsync(NamedPipeClientStream pipe)
    {
        if (OperatingSystem.IsWindows())
        {
            // The lowest bit keeps the completion from the port that .NET watches for its own requests.
            using var done = new ManualResetEvent(false);
            var overlapped = default(NativeOverlapped);
            overlapped.EventHandle = done.SafeWaitHandle.DangerousGetHandle() | 1;
            if (!WriteFile(pipe.SafePipeHandle, null, 0, null, &overlapped) && Marshal.GetLastPInvokeError() == PendingIo)
            {
                done.WaitOne();
            }
        }

        return Task.CompletedTask;
    }

    private const int PendingIo = 997;

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool WriteFile(SafeHandle pipe, byte* bytes, uint count, uint* written, NativeOverlapped* overlapped);
}
