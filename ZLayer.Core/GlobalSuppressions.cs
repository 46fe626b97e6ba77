using System.Diagnostics.CodeAnalysis;

// What may use symbols that are banned elsewhere (eng/BannedSymbols*.txt), and why. The environment is read once, for every room.
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "member", Justification = "The one place that reads the environment.",
    Target = "~M:ZLayer.Core.ZLayerEngineOptions.FromEnvironment(System.String)~ZLayer.Core.ZLayerEngineOptions")]

// What the rules lead to.
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "Starts programs for everybody.",
    Target = "~T:ZLayer.Core.Foundation.Processes.ProgramStart")]
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "Gives files their names for everybody.",
    Target = "~T:ZLayer.Core.Foundation.Files.AtomicFile")]
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "Makes temporary directories for everybody.",
    Target = "~T:ZLayer.Core.Foundation.Files.ScratchDirectory")]

// The process's own streams, where a system has no descriptors for them.
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "member", Justification = "Windows has no descriptors.",
    Target = "~M:ZLayer.Core.Foundation.Files.UserFile.OpenStandardInput(System.Threading.CancellationToken)~System.IO.Stream")]
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "Windows has no descriptors.",
    Target = "~T:ZLayer.Core.Terminals.StandardStream")]
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "Windows has no descriptors.",
    Target = "~T:ZLayer.Core.Terminals.WindowsInput")]
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "Windows has no descriptors.",
    Target = "~T:ZLayer.Core.Terminals.WindowsTerminal")]

// Waits for what another process does, of which the kernel tells nobody.
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "Another process holds the lock.",
    Target = "~T:ZLayer.Core.Storage.IngestGate")]
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "Another process looks at the new lease.",
    Target = "~T:ZLayer.Core.Storage.LeaseStore")]
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "Another process holds the lock.",
    Target = "~T:ZLayer.Core.Storage.UnflushedMarks")]
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "The kernel removes processes from a group when it has time.",
    Target = "~T:ZLayer.Core.Runtimes.Oci.CgroupLayout")]
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "An agent that starts makes its socket.",
    Target = "~T:ZLayer.Core.Builds.Solving.SshAgents")]
[assembly: SuppressMessage(
    "ApiDesign", "RS0030", Scope = "type", Justification = "Lets more arrive before it is read at once.",
    Target = "~T:ZLayer.Core.Runtimes.Docker.Wire.TransferSocket")]
