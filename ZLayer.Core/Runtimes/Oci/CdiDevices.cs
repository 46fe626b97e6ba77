using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Oci;

/// <summary>The devices that the machine offers through the Container Device Interface, in JSON files.</summary>
/// <param name="directories">Where the files are; a later directory wins over an earlier one.</param>
internal sealed class CdiDevices(IReadOnlyList<string> directories)
{
    private const int MaximumFile = 4 * 1024 * 1024;

    /// <summary>What the devices change in a container: those of their kind once, then each one's own.</summary>
    /// <param name="names">Qualified names, <c>vendor/class=name</c>.</param>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.BuildStepInvalid"/>: a device or its node does not exist, or a file is not valid.
    /// </exception>
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

        var offers = string.Join(
            ", ", files.SelectMany(file => file.Devices.Select(offered => $"{file.Kind}={offered.Name}")).Distinct().Take(10));
        throw new ZLayerException(
            ZLayerErrorKind.BuildStepInvalid, $"Cannot give the step the device '{name}': no CDI file in {string.Join(" or ", directories)} describes it.")
        {
            Subject = name,
            Advice = offers.Length > 0
                ? $"Use one of the devices of this machine: {offers}."
                : "Install the vendor's tool that writes a CDI file in JSON, such as nvidia-ctk cdi generate --format=json.",
        };
    }

    private List<CdiSpecification> ReadFiles()
        => [.. directories.Reverse().Where(Directory.Exists).SelectMany(FilesIn).Select(Read)];

    private static IReadOnlyList<string> FilesIn(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFiles(directory, "*.json").Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw Unreadable(directory, e.Message.TrimEnd('.'), e);
        }
    }

    private static CdiSpecification Read(string path)
    {
        try
        {
            return CheckedJson.Read(
                BoundedFile.Read(path, MaximumFile), CdiJson.Default.CdiSpecification, (why, e) => Unreadable(path, why, e), MaximumFile);
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            throw Unreadable(path, e.Message.TrimEnd('.'), e);
        }
    }

    private static ZLayerException Unreadable(string path, string why, Exception? e)
        => new(ZLayerErrorKind.BuildStepInvalid, $"Cannot read the CDI file {path}: {why}.", e)
        {
            Subject = path,
            Advice = "Repair the file, or remove it when the device is gone.",
        };
}
