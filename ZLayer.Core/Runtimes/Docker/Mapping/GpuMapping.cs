using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Docker.Documents;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Runtimes.Docker.Mapping;

/// <summary>
/// GPUs as the engine gives them: NVIDIA's through a device request, AMD's and Intel's as device nodes. The variables that tell libraries
/// which GPUs they may use count from 0 inside the container, because libraries see only what the container was given.
/// </summary>
internal sealed class GpuMapping
{
    private const int FirstRenderNode = 128;
    private const string Directory = "/dev/dri";

    public GpuMapping(GpuRequest? gpu)
    {
        switch (gpu?.Vendor)
        {
            case null:
                break;
            case "nvidia":
                Request = new DeviceRequestDocument
                {
                    Driver = "nvidia",
                    Count = gpu.DeviceIds.Count > 0 ? 0 : gpu.Count,
                    DeviceIDs = gpu.DeviceIds.Count > 0 ? gpu.DeviceIds : null,
                    Capabilities = [[.. gpu.Capabilities.Where(c => c != "gpu"), "gpu"]],
                    Options = gpu.Options,
                };
                Variables = Numbers(gpu, "CUDA_VISIBLE_DEVICES", takesNames: true);
                break;
            case "amd":
                Devices = [Node("/dev/kfd"), .. Nodes(gpu)];
                Variables = [.. Numbers(gpu, "ROCR_VISIBLE_DEVICES"), .. Numbers(gpu, "HIP_VISIBLE_DEVICES")];
                break;
            case "intel":
                Devices = Nodes(gpu);
                Variables = Numbers(gpu, "ZE_AFFINITY_MASK");
                break;
            default:
                throw new ZLayerException(
                    ZLayerErrorKind.InvalidArgument, $"The Docker engine cannot give a container GPUs of '{gpu.Vendor}'.")
                {
                    Subject = gpu.Vendor,
                    Advice = "The vendors are nvidia, amd and intel; others are given as devices.",
                };
        }
    }

    public DeviceRequestDocument? Request { get; }

    public IReadOnlyList<DeviceDocument> Devices { get; } = [];

    /// <summary>Variables for the container, unless the specification sets them itself.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Variables { get; } = [];

    private static List<DeviceDocument> Nodes(GpuRequest gpu)
    {
        if (gpu.Capabilities.Count > 0 || gpu.Options.Count > 0)
        {
            throw new ZLayerException(
                ZLayerErrorKind.OperationNotSupported, $"GPUs of '{gpu.Vendor}' are given as device nodes, which have no capabilities and driver options.")
            {
                Subject = gpu.Vendor,
                Advice = "Leave the capabilities and options out.",
            };
        }

        if (gpu is { Count: -1, DeviceIds.Count: 0 })
        {
            // The engine gives every node below a directory.
            return [Node(Directory)];
        }

        var indexes = gpu.DeviceIds.Count > 0 ? gpu.DeviceIds.Select(id => Index(gpu, id)) : Enumerable.Range(0, gpu.Count);
        return [.. indexes.SelectMany(index => (IEnumerable<DeviceDocument>)
        [
            Node(string.Create(CultureInfo.InvariantCulture, $"{Directory}/renderD{FirstRenderNode + index}")),
            Node(string.Create(CultureInfo.InvariantCulture, $"{Directory}/card{index}")),
        ])];
    }

    private static int Index(GpuRequest gpu, string id)
        => int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            ? index
            : throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"The GPU '{id}' of '{gpu.Vendor}' is not a number.")
            {
                Subject = id,
                Advice = "Name GPUs of AMD and Intel by their numbers, from 0.",
            };

    private static KeyValuePair<string, string>[] Numbers(GpuRequest gpu, string variable, bool takesNames = false)
    {
        var count = gpu.DeviceIds.Count > 0 ? gpu.DeviceIds.Count : gpu.Count;
        var hasNames = takesNames && gpu.DeviceIds.Any(id => !id.All(char.IsAsciiDigit));
        return count < 0 ? [] : [new(variable, hasNames ? string.Join(',', gpu.DeviceIds) : string.Join(',', Enumerable.Range(0, count)))];
    }

    private static DeviceDocument Node(string path) => new(path, path, "rwm");
}
