using System.Diagnostics;
using ZLayer.Core.Builds.Run;

namespace ZLayer.Core.Tests.Builds.Run;

/// <summary>Starts this assembly as a process of its own that runs a step.</summary>
internal static class OtherBuilder
{
    public static Process Start(StepFixture fixture, string work, string script, StepNetwork network, IEnumerable<string>? prefix = null, string user = "")
    {
        var assembly = typeof(OtherBuilder).Assembly.Location;
        var dotnet = Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";
        string[] command = [.. prefix ?? [], dotnet, "exec", assembly];
        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardOutput = true, WorkingDirectory = "/" };
        start.Environment["DOTNET_STARTUP_HOOKS"] = assembly;
        start.Environment[StartupHook.DirectoryVariable] = work;
        start.Environment[StartupHook.BaseVariable] = fixture.Base;
        start.Environment[StartupHook.ScriptVariable] = script;
        start.Environment[StartupHook.NetworkVariable] = network.ToString();
        start.Environment[StartupHook.UserVariable] = user;
        return Process.Start(start)!;
    }
}
