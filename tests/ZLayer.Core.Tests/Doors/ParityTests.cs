using System.Reflection;
using ZLayer.Core.Builds;
using ZLayer.Core.Images;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Artifacts;
using ZLayer.Core.Registries.Copying;
using ZLayer.Core.Registries.Manifests;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Runtimes.Files;
using ZLayer.Core.Runtimes.Observation;
using ZLayer.Core.Runtimes.Operations;
using ZLayer.Core.Runtimes.Specifications;
using ZLayer.Core.Storage;
using ZLayer.Core.Terminals;

namespace ZLayer.Core.Tests.Doors;

/// <summary>What one front door can ask of Core, the other can too.</summary>
public sealed class ParityTests
{
    private const string NotBuilt = "the front doors are not built: build the solution first";

    private static readonly DoorAssembly? CommandLine = DoorAssembly.Find("ZLayer.Cli", "zlayer.dll");
    private static readonly DoorAssembly? Module = DoorAssembly.Find("ZLayer.PowerShell", "ZLayer.PowerShell.dll");

    // What a front door fills to ask for something. Records that are part of these are found by themselves.
    private static readonly Type[] Requests =
    [
        typeof(ArchivePutOptions), typeof(ArtifactContent), typeof(AttachOptions), typeof(BuildOptions),
        typeof(CommandRunOptions), typeof(CommitOptions), typeof(ContainerCopyOptions), typeof(ContainerFilter), typeof(ContainerPruneFilter), typeof(ContainerRemoveOptions),
        typeof(ContainerRunOptions), typeof(ContainerSpecification), typeof(ContainerStopOptions), typeof(ContainerUpdate),
        typeof(CopyOptions), typeof(EventFilter), typeof(ExecOptions), typeof(ImageFilter), typeof(ImageImportOptions),
        typeof(ImageRemovalOptions), typeof(LoadOptions), typeof(LogOptions), typeof(ManifestEntryOptions), typeof(ManifestListOptions),
        typeof(ManifestPushOptions), typeof(PruneOptions), typeof(PullOptions), typeof(PushOptions), typeof(RelayOptions),
        typeof(RootFsImportOptions), typeof(RuntimePullOptions), typeof(SaveOptions), typeof(ZLayerEngineOptions),
    ];

    private static readonly string[] RequestNames = ["Options", "Filter", "Specification", "Update", "EntryChange"];

    // Property, or type.*, to why one door alone sets it.
    private static readonly Dictionary<string, string> OneDoor = new()
    {
        ["CommandRunOptions.*"] = "Invoke-ZLayerCommand makes an object of a command; zlayer exec gives it the terminal.",
        ["ContainerRunOptions.*"] = "Invoke-ZLayerContainer makes an object of a run; zlayer run gives it the terminal.",
        ["ContainerCopyOptions.Progress"] = "PowerShell has a progress bar for it.",
        ["ContainerFilter.Containers"] = "zlayer ps finds names and ids by patterns, as docker ps does.",
        ["ContainerFilter.NamePatterns"] = "Get-ZLayerContainer has names, ids and wildcards for it.",
        ["ContainerFilter.IdPatterns"] = "Get-ZLayerContainer has names, ids and wildcards for it.",
        ["ContainerId.*"] = "Programs that run services name their containers by it; nobody types it.",
        ["ContainerSpecification.Id"] = "As ContainerId.",
        ["ContainerSpecification.Network"] = "NetworkSpecification.Connect sets it for both doors.",
        ["ContainerSpecification.NetworkDriverOptions"] = "NetworkSpecification.Connect sets it for both doors.",
        ["ContainerSpecification.FurtherNetworks"] = "NetworkSpecification.Connect sets it for both doors.",
        ["DockerRuntimeOptions.*"] = "Register-ZLayerRuntime names an engine for a session; zlayer takes its address, or docker's context.",
        ["DockerTls.*"] = "As DockerRuntimeOptions.",
        ["HealthCheck.Test"] = "HealthCheck.FromShell sets it for zlayer.",
        ["LogConfiguration.MaximumSize"] = "zlayer has docker's --log-opt max-size for it.",
        ["LogConfiguration.MaximumFiles"] = "zlayer has docker's --log-opt max-file for it.",
        ["LogOptions.Details"] = "docker puts them before the text of a line; a line of Get-ZLayerContainerLog is its text.",
        ["LogOptions.StdOut"] = "zlayer logs writes each stream to its own, for the shell to choose.",
        ["LogOptions.StdErr"] = "zlayer logs writes each stream to its own, for the shell to choose.",
        ["ManifestEntryChange.Os"] = "ManifestEntryChange.ToPlatform sets it for the module's -Platform.",
        ["ManifestEntryChange.Architecture"] = "ManifestEntryChange.ToPlatform sets it for the module's -Platform.",
        ["ManifestEntryChange.Variant"] = "ManifestEntryChange.ToPlatform sets it for the module's -Platform.",
        ["PruneOptions.Images"] = "PruneOptions.Of sets it for the module, and for zlayer where kinds are named.",
        ["PruneOptions.BuildCache"] = "As PruneOptions.Images.",
        ["PruneOptions.Layers"] = "As PruneOptions.Images.",
        ["RegistryCredential.RegistryToken"] = "A token lasts minutes: a session keeps it, and docker's config.json does not.",
        ["RuntimePullOptions.Credential"] = "Everybody can see the arguments of a program: zlayer login keeps the secret.",
        ["SaveOptions.Destination"] = "Standard output: cmdlets write objects to theirs.",
        ["ZLayerEngineOptions.NamedEngines"] = "What a session keeps from one command to the next.",
    };

    [SkippableFact]
    public void What_one_door_can_set_the_other_can_too()
    {
        Skip.If(CommandLine is null || Module is null, NotBuilt);

        List<string> different =
        [
            .. from property in Properties()
               let name = $"{property.DeclaringType!.Name}.{property.Name}"
               let ofCommandLine = Sets(CommandLine!, property)
               where ofCommandLine != Sets(Module!, property) && ReasonFor(name) is null
               select $"{name}: only {(ofCommandLine ? "zlayer" : "the module")} sets it",
        ];

        Assert.True(different.Count == 0, string.Join('\n', different));
    }

    [SkippableFact]
    public void Each_reason_for_one_door_is_needed()
    {
        Skip.If(CommandLine is null || Module is null, NotBuilt);
        var different = Properties().Where(property => Sets(CommandLine!, property) != Sets(Module!, property))
            .SelectMany(property => (string[])[$"{property.DeclaringType!.Name}.{property.Name}", property.DeclaringType.Name + ".*"])
            .ToHashSet();

        Assert.All(OneDoor.Keys, name => Assert.Contains(name, different));
    }

    [SkippableFact]
    public void Every_request_that_a_door_fills_is_compared()
    {
        Skip.If(CommandLine is null || Module is null, NotBuilt);
        var compared = Properties().Select(property => property.DeclaringType!.FullName).ToHashSet();

        var filled = CommandLine!.Set.Concat(Module!.Set).Select(set => set.Type).Distinct()
            .Where(type => RequestNames.Any(end => type.EndsWith(end, StringComparison.Ordinal)))
            .Where(type => typeof(ZLayerEngine).Assembly.GetType(type) is { } known && !IsText(known));
        Assert.All(filled, type => Assert.Contains(type, compared));
    }

    private static string? ReasonFor(string name)
        => OneDoor.GetValueOrDefault(name) ?? OneDoor.GetValueOrDefault(name[..name.IndexOf('.')] + ".*");

    private static IEnumerable<PropertyInfo> Properties()
        => WithParts(Requests)
            .SelectMany(type => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(property => property.SetMethod?.IsPublic == true);

    private static bool Sets(DoorAssembly door, PropertyInfo property)
        => door.Set.Contains((property.DeclaringType!.FullName!, property.Name))
            || WithParts(door.ReadWhole.Select(name => typeof(ZLayerEngine).Assembly.GetType(name)!)).Contains(property.DeclaringType!);

    // What is written as one text is given whole by whoever gives the text.
    private static bool IsText(Type type)
        => type.GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Any(method => method.Name.StartsWith("Parse", StringComparison.Ordinal)
                && (method.ReturnType == type || method.ReturnType.GenericTypeArguments.Contains(type)));

    private static HashSet<Type> WithParts(IEnumerable<Type> types)
    {
        var all = new HashSet<Type>();
        var open = new Queue<Type>(types);
        while (open.TryDequeue(out var type))
        {
            if (!all.Add(type))
            {
                continue;
            }

            foreach (var part in type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .SelectMany(property => property.PropertyType is { IsGenericType: true } generic
                    ? generic.GetGenericArguments()
                    : [property.PropertyType])
                .Where(part => part.IsClass && part.Assembly == type.Assembly && part.GetMethod("<Clone>$") is not null && !IsText(part)))
            {
                open.Enqueue(part);
            }
        }

        return all;
    }
}
