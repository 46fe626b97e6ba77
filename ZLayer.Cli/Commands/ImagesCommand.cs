using System.CommandLine;
using ZLayer.Cli.Display;
using ZLayer.Core.Images;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer images</c></summary>
internal sealed class ImagesCommand : EngineCommand
{
    private readonly Option<bool> _digests = new("--digests") { Description = "Show the digest by which its registry has each image" };
    private readonly Option<bool> _json = new("--json") { Description = "Write a JSON array" };

    public ImagesCommand()
        : base("images", "List the images of the store, or of a runtime.")
    {
        Options.Add(_digests);
        Options.Add(_json);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override bool LooksThroughStore => true;

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var images = FindRuntime(parsed, engine) is { } runtime ? await runtime.ListImagesAsync(cancellationToken) : engine.Images.List();
        if (parsed.GetValue(_json))
        {
            Screen.Document(ImageJson.List(images));
            return;
        }

        var now = DateTimeOffset.UtcNow;
        string[] digest = parsed.GetValue(_digests) ? ["DIGEST"] : [];
        var table = new TextTable(["REPOSITORY", "TAG", .. digest, "IMAGE ID", "PLATFORM", "CREATED", "SIZE"]);
        foreach (var image in images)
        {
            string[] known = digest.Length > 0 ? [DigestOf(image)] : [];
            table.Add(
                [image.Repository, image.Tag, .. known, image.Id.ShortHex, image.Platform.ToString(), Texts.Age(image.Created, now), Texts.Size(image.Size)]);
        }

        table.WriteTo(Console.Out);
    }

    // That of its own repository, as docker has it; an image without a name may have been pulled by digest, or pushed before.
    private static string DigestOf(ImageInfo image)
        => image.RepoDigests.FirstOrDefault(
            name => image.Reference is null || name.StartsWith(image.Repository + "@", StringComparison.Ordinal)) is { } found
            ? found[(found.IndexOf('@', StringComparison.Ordinal) + 1)..]
            : ImageInfo.NoName;
}
