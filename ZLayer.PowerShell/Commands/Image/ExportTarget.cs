using System.Globalization;
using ZLayer.Core.Errors;
using ZLayer.Core.Exporters;
using ZLayer.Core.Images;
using ZLayer.Core.Layers;

namespace ZLayer.PowerShell.Commands;

/// <summary>Where an export goes, and whether it may.</summary>
internal static class ExportTarget
{
    /// <summary>The same as an output of a build says it.</summary>
    /// <exception cref="ZLayerException">
    /// InvalidArgument: the output has no file, or a type or attribute that an export does not have.
    /// </exception>
    public static SaveOptions ToSaveOptions(ExporterSpecification exporter)
    {
        var attributes = new Dictionary<string, string>(exporter.Attributes, StringComparer.Ordinal);
        var isDirectory = attributes.Remove("tar", out var tar) && tar is "false" or "0";
        var options = new SaveOptions
        {
            Path = exporter.Destination ?? throw Invalid(exporter, "it has no dest"),
            Format = exporter.Type.ToLowerInvariant() switch
            {
                "oci" => isDirectory ? SaveFormat.OciDirectory : SaveFormat.OciArchive,
                "docker" => SaveFormat.DockerArchive,
                "tar" => SaveFormat.RootFsTar,
                "local" => SaveFormat.Directory,
                var other => throw Invalid(exporter, $"an export has no type '{other}'; it has oci, docker, tar and local"),
            },
            Compression = attributes.Remove("compression", out var compression) ? ParseCompression(exporter, compression) : null,
            Level = attributes.Remove("compression-level", out var level) ? int.Parse(level, CultureInfo.InvariantCulture) : null,
        };
        return attributes.Count == 0 ? options : throw Invalid(exporter, $"an export has no attribute '{attributes.Keys.First()}'");
    }

    /// <summary>Refuses to replace what may not be replaced.</summary>
    /// <exception cref="ZLayerException">FileExists.</exception>
    public static void Check(SaveOptions options, bool noClobber, bool force)
    {
        var path = options.Path!;
        var writesDirectory = options.Format is SaveFormat.OciDirectory or SaveFormat.Directory;
        if (File.Exists(path) && (noClobber || writesDirectory))
        {
            throw Exists(
                path, "the file exists", writesDirectory ? "Choose another destination." : "Choose another name, or leave -NoClobber out.");
        }

        if (Directory.Exists(path) && (!writesDirectory || (!force && Directory.EnumerateFileSystemEntries(path).Any())))
        {
            throw Exists(
                path, writesDirectory
                    ? "the directory holds files"
                    : "it is a directory", writesDirectory ? "Choose an empty directory, or add -Force." : "Name a file.");
        }
    }

    private static LayerCompression ParseCompression(ExporterSpecification exporter, string text) => text.ToLowerInvariant() switch
    {
        "uncompressed" or "none" => LayerCompression.None,
        "gzip" => LayerCompression.Gzip,
        "zstd" => LayerCompression.Zstd,
        _ => throw Invalid(exporter, $"compression '{text}' is none of uncompressed, gzip and zstd"),
    };

    private static ZLayerException Invalid(ExporterSpecification exporter, string why)
        => new(ZLayerErrorKind.InvalidArgument, $"Cannot export to '{exporter}': {why}.")
        {
            Subject = exporter.ToString(),
            Advice = "Write 'type=oci,dest=app.tar'.",
        };

    private static ZLayerException Exists(string path, string why, string advice)
        => new(ZLayerErrorKind.FileExists, $"Cannot export to '{path}': {why}.") { Subject = path, Advice = advice };
}
