using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;

namespace ZLayer.Cli.Commands;

/// <summary><c>zlayer import ROOTFS.tar REF</c></summary>
internal sealed class ImportCommand : EngineCommand
{
    private readonly Argument<string> _file = new("ROOTFS.tar") { Description = "A root file system as tar, plain or compressed; '-' reads it from standard input" };
    private readonly Argument<string> _reference = new("REF") { Description = "Name of the image" };

    public ImportCommand()
        : base("import", "Make an image with one layer of a root file system.")
    {
        Arguments.Add(_file);
        Arguments.Add(_reference);
    }

    protected override async Task ExecuteAsync(ParseResult parsed, ZLayerEngine engine, CancellationToken cancellationToken)
    {
        var options = new RootFsImportOptions { Tag = Values.Reference(parsed.GetValue(_reference)!) };
        await using var tar = Open(parsed.GetValue(_file)!);
        var image = await engine.ImportRootFsAsync(tar, options, cancellationToken);
        Console.Out.WriteLine(image.Id);
    }

    private static Stream Open(string path)
    {
        if (path == "-")
        {
            return Console.OpenStandardInput();
        }

        try
        {
            return File.OpenRead(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var kind = e is FileNotFoundException or DirectoryNotFoundException ? ZLayerErrorKind.PathNotFound : ZLayerErrorKind.AccessDenied;
            throw new ZLayerException(kind, $"The root file system {path} cannot be read: {e.Message}", e) { Subject = path };
        }
    }
}
