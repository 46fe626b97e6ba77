using System.Text.Json;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>The devices that the machine offers through the Container Device Interface, in JSON files.</summary>
/// <param name="directories">Where the files are; a later directory wins over an earlier one.</param>
internal sealed class CdiDevices(IReadOnlyList<string> directories)
{
    /// <summary>What the devices change in a container: those of their kind once, then each one's own.</summary>
    /// <param name="names">Qualified names, <c>vendor/class=name</c>.</param>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.BuildStepInvalid"/>: a device or its node does not exist, or a file is not valid.</exception>
    public IReadOnlyList<CdiEdits> Resolve(IReadOnlyList<string> names)
    {
        if (names.Count == 0)
        {
            return [];
        }

        var files = ReadFiles();
        var kinds = new HashSet<CdiSpecification>(ReferenceEqualityComparer.Instance);
        var edits = new List<CdiEdits>();
        foreach (var name in names)
        {
            var (file, device) = Find(files, name);
            if (kinds.Add(file) && file.ContainerEdits is { } common)
            {
                edits.Add(common);
            }

            if (device.ContainerEdits is { } own)
            {
                edits.Add(own);
            }
        }

        return edits;
    }

    private (CdiSpecification File, CdiDevice Device) Find(List<CdiSpecification> files, string name)
    {
        var equals = name.IndexOf('=', StringComparison.Ordinal);
        var (kind, device) = equals < 0 ? (name, "") : (name[..equals], name[(equals + 1)..]);
        foreach (var file in files.Where(file => file.Kind == kind))
        {
            if (file.Devices.FirstOrDefault(offered => offered.Name == device) is { } found)
            {
                return (file, found);
            }
        }

        var offers = string.Join(", ", files.SelectMany(file => file.Devices.Select(offered => $"{file.Kind}={offered.Name}")).Distinct().Take(10));
        throw new ZLayerException(ZLayerErrorKind.BuildStepInvalid, $"Cannot give the step the device '{name}': no CDI file in {string.Join(" or ", directories)} describes it.")
        {
            Subject = name,
            Advice = offers.Length > 0 ? $"Use one of the devices of this machine: {offers}." : "Install the vendor's tool that writes a CDI file in JSON, such as nvidia-ctk cdi generate --format=json.",
        };
    }

    private List<CdiSpecification> ReadFiles()
        => [.. directories.Reverse()
            .Where(Directory.Exists)
            .SelectMany(directory => Directory.EnumerateFiles(directory, "*.json").Order(StringComparer.Ordinal))
            .Select(Read)];

    private static CdiSpecification Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), CdiJson.Default.CdiSpecification)
                ?? throw new JsonException("it is empty");
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new ZLayerException(ZLayerErrorKind.BuildStepInvalid, $"Cannot read the CDI file {path}: {e.Message}", e)
            {
                Subject = path,
                Advice = "Repair the file, or remove it when the device is gone.",
            };
        }
    }
}
