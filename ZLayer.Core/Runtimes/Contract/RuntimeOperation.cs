namespace ZLayer.Core.Runtimes;

/// <summary>The 49 operations of a container runtime, in the order of the interface.</summary>
public enum RuntimeOperation
{
    /// <summary>Bring an image in with the default policy.</summary>
    PullImage = 1,
    /// <summary>Bring an image in, saying when the registry is asked and with which credential.</summary>
    PullImageWithPolicy,
    /// <summary>Make a container without starting it.</summary>
    CreateContainer,
    /// <summary>Start a container.</summary>
    StartContainer,
    /// <summary>Stop a container gracefully, then by force.</summary>
    StopContainer,
    /// <summary>Remove a container.</summary>
    RemoveContainer,
    /// <summary>Where a container is in its life.</summary>
    ContainerState,
    /// <summary>The last lines that a container wrote.</summary>
    ContainerLogs,
    /// <summary>Run a command in a container and keep its output.</summary>
    Exec,
    /// <summary>One sample of what a container uses.</summary>
    GetContainerStats,
    /// <summary>Wait for a container's exit code.</summary>
    WaitContainer,
    /// <summary>All lines that a container wrote.</summary>
    GetLogs,
    /// <summary>The process id on the host.</summary>
    GetContainerPid,
    /// <summary>The address of a container.</summary>
    GetContainerIp,
    /// <summary>Run a command in a container and stream its output.</summary>
    ExecStream,
    /// <summary>Run a command in a container with input, a terminal if wanted, and an exit code.</summary>
    ExecPty,
    /// <summary>Wait for how a container ends.</summary>
    WaitOutcome,
    /// <summary>Wait for the next exit or the removal of a container.</summary>
    WaitOutcomeWithCondition,
    /// <summary>Give a container another name.</summary>
    RenameContainer,
    /// <summary>The port that a container on a shared host network was given.</summary>
    GetContainerPortOverride,
    /// <summary>Bring a container's named volumes to their remote storage.</summary>
    SyncContainerVolumes,
    /// <summary>Stream what a container writes.</summary>
    LogsStream,
    /// <summary>Stream samples of what a container uses.</summary>
    StatsStream,
    /// <summary>Bring an image in and stream the progress.</summary>
    PullImageStream,
    /// <summary>List the images.</summary>
    ListImages,
    /// <summary>Remove an image.</summary>
    RemoveImage,
    /// <summary>Remove images that nothing names.</summary>
    PruneImages,
    /// <summary>Kill a container, or send it a signal.</summary>
    KillContainer,
    /// <summary>Give an image a further name.</summary>
    TagImage,
    /// <summary>Everything the runtime knows of an image.</summary>
    InspectImageNative,
    /// <summary>The steps that made an image.</summary>
    ImageHistory,
    /// <summary>Search the public registry.</summary>
    SearchImages,
    /// <summary>Images as one archive.</summary>
    SaveImages,
    /// <summary>Take images from an archive.</summary>
    LoadImages,
    /// <summary>Make an image of a root file system.</summary>
    ImportImage,
    /// <summary>The file system of a container as a tar.</summary>
    ExportContainerFs,
    /// <summary>Make an image of a container.</summary>
    CommitContainer,
    /// <summary>Ports, networks, health and exit code of a container.</summary>
    InspectDetailed,
    /// <summary>Freeze a container.</summary>
    PauseContainer,
    /// <summary>Thaw a container.</summary>
    UnpauseContainer,
    /// <summary>Change the limits of a container.</summary>
    UpdateContainerResources,
    /// <summary>The processes of a container.</summary>
    TopContainer,
    /// <summary>What a container changed in its file system.</summary>
    ChangesContainer,
    /// <summary>The published ports of a container.</summary>
    PortMappingsContainer,
    /// <summary>Remove the containers that do not run.</summary>
    PruneContainers,
    /// <summary>List the containers, in every state.</summary>
    ListContainers,
    /// <summary>Take files out of a container.</summary>
    ArchiveGet,
    /// <summary>Put files into a container.</summary>
    ArchivePut,
    /// <summary>What a path in a container is.</summary>
    ArchiveHead,
}
