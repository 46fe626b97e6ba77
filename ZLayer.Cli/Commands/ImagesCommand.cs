using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Images;
using ZLayer.Core.Runtimes.Operations;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer images</c></summary>
internal sealed class ImagesCommand : EngineCommand
{
    private readonly Argument<string[]> _names = new("REPOSITORY[:TAG]")
    {
        Description = "Only images of these names; '*' and '?' stand for any text and any character",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private readonly Option<string[]> _filters
        = OptionOf.List("--filter", "KEY=VALUE", "Which images: dangling, label, before, since, reference", "-f");
    private readonly Option<string?> _platform
        = OptionOf.Text("--platform", "P", "Only images that have this platform, which is then the one shown");
    private readonly Option<bool> _digests = new("--digests") { Description = "Show the digest by which its registry has each image" };
    private readonly Option<bool> _json = new("--json") { Description = "Write a JSON array" };

    public ImagesCommand()
        : base("images", "List the images of the store, or of a runtime.")
    {
        Arguments.Add(_names);
        Options.Add(_filters);
        Options.Add(_platform);
        Options.Add(_digests);
        Options.Add(_json);
        Options.Add(CommonOptions.ImageRuntime);
    }

    protected override bool LooksThroughStore => true;

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var filter = ReadFilter(parsed);
        var images = FindRuntime(parsed, engine) is { } runtime
            ? await runtime.ListImagesAsync(filter, cancellationToken)
            : engine.Images.List(filter);
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

    private ImageFilter ReadFilter(ParseResult parsed)
    {
        var filters = Filters.Parse(parsed.All(_filters), "dangling", "label", "before", "since", "reference");
        return new ImageFilter
        {
            Names = [.. parsed.GetValue(_names) ?? [], .. filters["reference"]],
            Dangling = Filters.One("dangling", filters["dangling"]) switch
            {
                null => null,
                "true" or "1" => true,
                "false" or "0" => false,
                var other => throw new UsageException($"--filter dangling={other}: expected true or false."),
            },
            Labels = filters["label"],
            Before = Filters.One("before", filters["before"]),
            Since = Filters.One("since", filters["since"]),
            Platform = Values.Platform(parsed.GetValue(_platform)),
        };
    }

    // That of its own repository, as docker has it; an image without a name may have been pulled by digest, or pushed before.
    private static string DigestOf(ImageInfo image)
        => image.RepoDigests.FirstOrDefault(
            name => image.Reference is null || name.StartsWith(image.Repository + "@", StringComparison.Ordinal)) is { } found
            ? found[(found.IndexOf('@', StringComparison.Ordinal) + 1)..]
            : ImageInfo.NoName;
}
