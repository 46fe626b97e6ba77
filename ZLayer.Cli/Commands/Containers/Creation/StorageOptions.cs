using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>What is mounted into a container, and where it writes.</summary>
internal sealed class StorageOptions : OptionGroup
{
    private readonly Option<string[]> _volumes
        = OptionOf.List("--volume", "[SOURCE:]TARGET[:OPTIONS]", "Mount a directory, a file or a volume", "-v");
    private readonly Option<string[]> _mounts = OptionOf.List("--mount", "type=…,source=…,target=…", "Mount something, said in full");
    private readonly Option<string[]> _tmpfs = OptionOf.List("--tmpfs", "TARGET[:OPTIONS]", "Mount memory");
    private readonly Option<string[]> _volumesFrom
        = OptionOf.List("--volumes-from", "CONTAINER[:ro]", "Mount the volumes of another container too");
    private readonly Option<bool> _readOnly = OptionOf.Flag("--read-only", "A root file system that cannot be written");
    private readonly Option<string?> _shmSize = OptionOf.Text("--shm-size", "SIZE", "The size of /dev/shm");
    private readonly Option<string[]> _storage = OptionOf.List("--storage-opt", "KEY=VALUE", "An option of the storage driver");
    private readonly Option<string?> _logDriver
        = OptionOf.Text("--log-driver", "NAME", "Where its output goes: json-file, local, journald, none");
    private readonly Option<string[]> _logOptions = OptionOf.List("--log-opt", "KEY=VALUE", "An option of the log driver");

    public override IEnumerable<Option> All
        => [_volumes, _mounts, _tmpfs, _volumesFrom, _readOnly, _shmSize, _storage, _logDriver, _logOptions];

    public ContainerSpecification Apply(ParseResult parsed, ContainerSpecification specification)
    {
        var here = Environment.CurrentDirectory;
        var logOptions = KeyValues.Parse("--log-opt", parsed.All(_logOptions));
        return specification with
        {
            Mounts =
            [
                .. parsed.ReadAll(_volumes, text => MountSpecification.ParseVolume(text, here)),
                .. parsed.ReadAll(_mounts, text => MountSpecification.ParseFields(text, here)),
                .. parsed.ReadAll(_tmpfs, MountSpecification.ParseTmpfs),
            ],
            VolumesFrom = parsed.All(_volumesFrom),
            ReadOnlyRootFileSystem = parsed.GetValue(_readOnly),
            ShmSize = parsed.ReadValue(_shmSize, ByteSize.Parse),
            StorageOptions = KeyValues.Parse("--storage-opt", parsed.All(_storage)),
            Logs = parsed.GetValue(_logDriver) is { } || logOptions.Count > 0
                ? new LogConfiguration { Driver = parsed.GetValue(_logDriver), Options = logOptions }
                : null,
        };
    }
}
