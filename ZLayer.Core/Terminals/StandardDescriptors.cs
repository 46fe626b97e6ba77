using System.Text;
using ZLayer.Core.Foundation.Linux;

namespace ZLayer.Core.Terminals;

/// <summary>
/// Standard input, output and error are there, whatever the caller closed (<c>zlayer images &gt;&amp;-</c>). Without them the next file
/// that is opened would be number 1 or 2, and what is printed would be written into it.
/// </summary>
public static unsafe class StandardDescriptors
{
    private const int Count = 3;
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;
    private const int BrokenPipeSignal = 13;

    /// <summary>
    /// Gives a missing descriptor <c>/dev/null</c>. The runtime has filled the gap before any code of ours runs, with a descriptor that it
    /// needs: then the program begins again with whole ones. To be called first of all.
    /// </summary>
    public static void Restore()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var taken = new List<int>();
        for (var descriptor = 0; descriptor < Count; descriptor++)
        {
            var flags = SystemCalls.Control(descriptor, GetFlags, 0);
            if (flags < 0)
            {
                _ = SystemCalls.Open("/dev/null", LinuxFiles.OpenReadWrite);
            }
            else if ((flags & CloseOnExec) != 0)
            {
                // Nobody can have handed it to us: it was opened since.
                taken.Add(descriptor);
            }
        }

        if (taken.Count > 0 && OperatingSystem.IsLinux())
        {
            StartAgain(taken);
        }
    }

    // Returns only when it fails: then the command works, and may print into the runtime's own pipe, which does no harm.
    private static void StartAgain(List<int> taken)
    {
        var arguments = File.ReadAllBytes("/proc/self/cmdline");
        var nothing = SystemCalls.Open("/dev/null", LinuxFiles.OpenReadWrite);
        foreach (var descriptor in taken)
        {
            _ = SystemCalls.Duplicate(nothing, descriptor);
        }

        // What is ignored stays ignored over an exec: the runtime ignores SIGPIPE, the programs that we start must not.
        _ = SystemCalls.SetHandler(BrokenPipeSignal, 0);
        fixed (byte* text = arguments, program = Encoding.ASCII.GetBytes("/proc/self/exe\0"))
        {
            var pointers = new byte*[arguments.AsSpan().Count((byte)0) + 1];
            var next = 0;
            for (var i = 0; i < pointers.Length - 1; i++)
            {
                pointers[i] = text + next;
                next += arguments.AsSpan(next).IndexOf((byte)0) + 1;
            }

            fixed (byte** argv = pointers)
            {
                _ = SystemCalls.Execute(program, argv);
            }
        }
    }
}
