using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Cli.Display;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Layers;
using ZLayer.Core.Oci;
using ZLayer.Core.Registries;
using ZLayer.Core.Registries.Manifests;
using ZLayer.Core.Terminals;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer manifest create|add|inspect|annotate|rm|push</c></summary>
internal sealed class ManifestCommand : Command
{
    public ManifestCommand()
        : base("manifest", "Make manifest lists of images for several platforms, and push them.")
    {
        Subcommands.Add(new CreateCommand());
        Subcommands.Add(new AddCommand());
        Subcommands.Add(new InspectListCommand());
        Subcommands.Add(new AnnotateCommand());
        Subcommands.Add(new RemoveCommand());
        Subcommands.Add(new PushListCommand());
    }

    /// <summary>A command on one list.</summary>
    private abstract class ListCommand : EngineCommand
    {
        private readonly Argument<string> _list = new("LIST") { Description = "The manifest list, by name" };

        protected ListCommand(string name, string description)
            : base(name, description)
            => Arguments.Add(_list);

        protected ImageReference ListOf(ParseResult parsed) => Values.Reference(parsed.GetValue(_list)!);
    }

    private sealed class CreateCommand : ListCommand
    {
        private readonly Argument<string[]> _images = new("IMAGE")
        {
            Description = "Images of the store, else of their registries; every platform of each",
            Arity = ArgumentArity.ZeroOrMore,
        };
        private readonly Option<bool> _amend = OptionOf.Flag("--amend", "Add to the list that has the name, if there is one", "-a");
        private readonly Option<bool> _force = OptionOf.Flag("--force", "Replace what has the name");
        private readonly Option<string[]> _annotations = new("--annotation") { Description = "An annotation of the list, NAME=VALUE" };

        public CreateCommand()
            : base("create", "Make a manifest list.")
        {
            Arguments.Add(_images);
            Options.Add(_amend);
            Options.Add(_force);
            Options.Add(_annotations);
        }

        protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
        {
            if (parsed.GetValue(_amend) && parsed.GetValue(_force))
            {
                throw new UsageException("--amend and --force exclude each other.");
            }

            var made = await engine.Manifests.CreateAsync(
                ListOf(parsed),
                new ManifestListOptions
                {
                    Images = parsed.GetValue(_images) ?? [],
                    Annotations = KeyValues.Parse("--annotation", parsed.GetValue(_annotations) ?? []),
                    Replace = parsed.GetValue(_force),
                    Amend = parsed.GetValue(_amend),
                },
                cancellationToken);
            Screen.Line($"{made.Name} {made.Digest}");
        }
    }

    private sealed class AddCommand : ListCommand
    {
        private readonly Argument<string[]> _images
            = new("IMAGE") { Description = "Images of the store, else of their registries", Arity = ArgumentArity.OneOrMore };
        private readonly Option<bool> _all = new("--all") { Description = "Every platform of an image of several" };
        private readonly Option<string?> _platform
            = new("--platform") { Description = "The platform to take of an image of several", HelpName = "OS/ARCH" };
        private readonly EntryOptions _entry = new();

        public AddCommand()
            : base("add", "Add images to a manifest list.")
        {
            Arguments.Add(_images);
            Options.Add(_all);
            Options.Add(_platform);
            _entry.AddTo(this);
        }

        protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
        {
            var options = new ManifestEntryOptions
            {
                AllPlatforms = parsed.GetValue(_all),
                Platform = Values.Platform(parsed.GetValue(_platform)),
                Change = _entry.Read(parsed),
            };
            var list = ListOf(parsed);
            foreach (var image in parsed.GetValue(_images)!)
            {
                var changed = await engine.Manifests.AddAsync(list, image, options, cancellationToken: cancellationToken);
                Screen.Line($"{changed.Name} {changed.Digest}");
            }
        }
    }

    private sealed class AnnotateCommand : ListCommand
    {
        private readonly Argument<string> _image = new("IMAGE") { Description = "The image, by name, or by the digest of its entry" };
        private readonly EntryOptions _entry = new();

        public AnnotateCommand()
            : base("annotate", "Change what a manifest list says of an image.")
        {
            Arguments.Add(_image);
            _entry.AddTo(this);
        }

        protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
        {
            var (list, change) = (ListOf(parsed), _entry.Read(parsed));
            var changed = engine.Manifests.Change(
                list, await engine.Manifests.FindEntryAsync(list, parsed.GetValue(_image)!, cancellationToken), change);
            Screen.Line($"{changed.Name} {changed.Digest}");
        }
    }

    private sealed class InspectListCommand : ListCommand
    {
        private readonly Option<bool> _remote = new("--remote") { Description = "Ask the registry, even when the store has the name" };

        public InspectListCommand()
            : base("inspect", "Show the document of a manifest list or of a single image, byte for byte; of a registry when the store has none.")
            => Options.Add(_remote);

        protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
        {
            var document = await engine.Manifests.ReadDocumentAsync(ListOf(parsed), parsed.GetValue(_remote), cancellationToken);
            await using var output = StandardStream.OpenOutput();
            await output.WriteAsync(document, cancellationToken);
        }
    }

    private sealed class RemoveCommand : ListCommand
    {
        private readonly Argument<string[]> _others = new("LIST|DIGEST")
        {
            Description = "Further lists; or entries to take out of the list, which stays, by their digests",
            Arity = ArgumentArity.ZeroOrMore,
        };

        public RemoveCommand()
            : base("rm", "Remove manifest lists from the store, or entries from a list.")
            => Arguments.Add(_others);

        protected override Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
        {
            var list = ListOf(parsed);
            var others = parsed.GetValue(_others) ?? [];
            var entries = others.Where(other => Digest.TryParse(other, out _)).Select(Digest.Parse).ToList();
            if (entries.Count > 0 && entries.Count < others.Length)
            {
                throw new UsageException(
                    "Lists and entries cannot be removed at once.", "Name lists alone, or one list and digests of its entries.");
            }

            foreach (var entry in entries)
            {
                engine.Manifests.RemoveEntry(list, entry);
            }

            if (entries.Count == 0)
            {
                foreach (var removed in others.Select(Values.Reference).Prepend(list).ToList())
                {
                    engine.Manifests.Remove(removed, cancellationToken);
                }
            }

            return Task.CompletedTask;
        }
    }

    private sealed class PushListCommand : ListCommand
    {
        private readonly Argument<string?> _destination
            = new("DEST") { Description = "Where to push it to (default: LIST)", Arity = ArgumentArity.ZeroOrOne };
        private readonly Option<ImageFormat?> _format
            = OptionOf.ChoiceOrNothing<ImageFormat>("--format", "The type of the list: oci or docker (default: as it is)");
        private readonly CompressionOptions _compression = new("that the store holds uncompressed", "gzip");
        private readonly Option<bool> _alone = new("--list-only") { Description = "Push the list alone; its images are there" };
        private readonly Option<bool> _remove = new("--rm") { Description = "Remove the list from the store once it is pushed" };

        public PushListCommand()
            : base("push", "Push a manifest list with its images.")
        {
            Arguments.Add(_destination);
            Options.Add(_format);
            Options.Add(_alone);
            Options.Add(_remove);
            foreach (var option in _compression.All)
            {
                Options.Add(option);
            }
        }

        protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
        {
            var destination = parsed.GetValue(_destination) is { } text ? Values.Reference(text) : null;
            var options = new ManifestPushOptions
            {
                Format = parsed.GetValue(_format),
                IncludeImages = !parsed.GetValue(_alone),
                Compression = _compression.Kind(parsed) ?? LayerCompression.Gzip,
                Level = _compression.Level(parsed),
                RemoveLocal = parsed.GetValue(_remove),
            };
            PushResult result;
            await using (var display = new TransferDisplay())
            {
                result = await engine.Manifests.PushAsync(ListOf(parsed), destination, options, display, cancellationToken);
            }

            PushSummary.Write(result);
        }
    }

    /// <summary>The options that say what an entry says otherwise than its image.</summary>
    private sealed class EntryOptions
    {
        private readonly Option<string?> _os = new("--os") { Description = "The operating system that the entry says" };
        private readonly Option<string?> _architecture = new("--arch") { Description = "The architecture that the entry says" };
        private readonly Option<string?> _variant
            = new("--variant") { Description = "The variant of the architecture that the entry says" };
        private readonly Option<string?> _osVersion
            = new("--os-version") { Description = "The version of the operating system that the entry says" };
        private readonly Option<string[]> _osFeatures
            = new("--os-features") { Description = "Features of the operating system that the image needs" };
        private readonly Option<string[]> _features = new("--features") { Description = "Features of the CPU that the image needs" };
        private readonly Option<string[]> _annotations
            = new("--annotation") { Description = "An annotation of the entry, NAME=VALUE; an empty value removes it" };

        public void AddTo(Command command)
        {
            foreach (var option in (Option[])[_os, _architecture, _variant, _osVersion, _osFeatures, _features, _annotations])
            {
                command.Options.Add(option);
            }
        }

        public ManifestEntryChange Read(ParseResult parsed)
            => new()
            {
                Os = parsed.GetValue(_os),
                Architecture = parsed.GetValue(_architecture),
                Variant = parsed.GetValue(_variant),
                OsVersion = parsed.GetValue(_osVersion),
                OsFeatures = List(parsed, _osFeatures),
                Features = List(parsed, _features),
                Annotations = KeyValues.Parse("--annotation", parsed.GetValue(_annotations) ?? []),
            };

        private static IReadOnlyList<string>? List(ParseResult parsed, Option<string[]> option)
            => parsed.GetValue(option) is { Length: > 0 } texts
                ? [.. texts.SelectMany(t => t.Split(',', StringSplitOptions.RemoveEmptyEntries))]
                : null;
    }
}
