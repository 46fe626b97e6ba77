using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Registries.Copying;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer copy SRC DEST</c></summary>
internal sealed class CopyImageCommand : EngineCommand
{
    private readonly Argument<string> _source = new("SRC") { Description = "The image in its registry" };
    private readonly Argument<string> _destination
        = new("DEST") { Description = "Where to copy it to, for example localhost:5000/app:1.0" };
    private readonly Option<string?> _platform
        = new("--platform") { Description = "Copy only this platform of an index (default: all, by digest)", HelpName = "P" };
    private readonly Option<bool> _referrers
        = new("--referrers") { Description = "Also copy signatures, SBOMs and whatever else refers to the image" };
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Say which blobs would move, and move none" };

    public CopyImageCommand()
        : base("copy", "Copy an image from registry to registry, without storing it.")
    {
        Arguments.Add(_source);
        Arguments.Add(_destination);
        Options.Add(_platform);
        Options.Add(_referrers);
        Options.Add(_dryRun);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var (source, destination) = (Values.Reference(parsed.GetValue(_source)!), Values.Reference(parsed.GetValue(_destination)!));
        var options = new CopyOptions
        {
            Platform = Values.Platform(parsed.GetValue(_platform)),
            IncludeReferrers = parsed.GetValue(_referrers),
        };
        if (parsed.GetValue(_dryRun))
        {
            Show(await engine.PlanCopyAsync(source, destination, options, cancellationToken));
            return;
        }

        CopyResult result;
        await using (var display = new TransferDisplay())
        {
            result = await engine.CopyAsync(source, destination, options, display, cancellationToken);
        }

        Screen.Note(
            $"{result.Uploaded} blobs sent ({Texts.Size(result.Bytes)}), {result.Mounted} mounted, {result.Skipped} already there, {result.Manifests} manifests, in {Texts.Seconds(result.Duration)}");
        Screen.Line($"{result.Destination.ToFamiliarString()} {result.Digest}");
    }

    private static void Show(CopyPlan plan)
    {
        foreach (var blob in plan.Uploads)
        {
            Screen.Line($"send {blob.Digest} {blob.Size}");
        }

        foreach (var blob in plan.Mounts)
        {
            Screen.Line($"mount {blob.Digest} {blob.Size}");
        }

        foreach (var manifest in plan.Manifests)
        {
            Screen.Line($"put {manifest}");
        }
    }
}
