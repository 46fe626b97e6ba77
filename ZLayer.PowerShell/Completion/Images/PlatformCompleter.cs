using System.Collections;
using ZLayer.Core.Images;
using ZLayer.Core.Oci;

namespace ZLayer.PowerShell.Completion;

/// <summary>The platforms of the image that is named, where the store holds it; then this machine's and the common ones.</summary>
public sealed class PlatformCompleter : Completer
{
    private static readonly string[] Common =
        ["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/arm/v6", "linux/386", "linux/ppc64le", "linux/s390x", "linux/riscv64", "windows/amd64"];

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var image = Bound(bound, "Reference") ?? Bound(bound, "Image");
        var engine = image is null ? null : EngineOf(bound);
        return () =>
        {
            var own = engine?.Images.List(new ImageFilter { Names = [image!] })
                .SelectMany(info => info.Platforms)
                .Select(platform => platform.ToString())
                ?? [];
            var host = Platform.Host.ToString();
            return own.Select(platform => new Candidate(platform, $"{platform}, of {image}"))
                .Append(new Candidate(host, $"{host}, this machine"))
                .Concat(Common.Select(platform => new Candidate(platform)))
                .DistinctBy(candidate => candidate.Text);
        };
    }
}
