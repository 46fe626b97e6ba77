using System.Management.Automation;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes <c>'source:target[:options]'</c> and <c>'type=bind,source=…,target=…'</c> as Docker has them, and
/// <c>@{ Source = './site'; Target = '/srv'; ReadOnly = $true }</c>. Relative paths begin at the current location.
/// </summary>
public sealed class MountAttribute : ValueTransformationAttribute<MountSpecification>
{
    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Type"] = "Kind",
        ["Src"] = "Source",
        ["Destination"] = "Target",
        ["Dst"] = "Target",
    };

    private protected override MountSpecification Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => FromText(text, engine),
        _ when RecordReader.CanRead(input) => FromBag(input, engine),
        _ => throw Refuse(input, "a mount such as './site:/srv:ro' or @{ Source = './site'; Target = '/srv' }"),
    };

    // A directory that is not there is an error in every form: what a typing error makes is empty, is root's, and stays. CreateSource
    // of a table, or bind-create-src, asks for one.
    private static MountSpecification FromText(string text, EngineIntrinsics engine)
        => MountSpecification.Parse(
            ExpandHome(text, engine), engine.SessionState.Path.CurrentFileSystemLocation.ProviderPath, createSource: false);

    private static MountSpecification FromBag(object input, EngineIntrinsics engine)
    {
        var bag = PSObject.AsPSObject(input);
        var source = ObjectProperties.Text(bag, "Source") ?? ObjectProperties.Text(bag, "Src");
        var kind = ObjectProperties.Text(bag, "Kind") ?? ObjectProperties.Text(bag, "Type");
        var table = new System.Collections.Hashtable(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in RecordReader.Pairs(input))
        {
            table[name] = value;
        }

        // As in the short form: a path is a directory of the host, a word a volume, nothing a volume without a name.
        if (kind is null)
        {
            table["Kind"] = source is not null && IsPath(source) ? MountKind.Bind : MountKind.Volume;
        }

        var mount = RecordReader.Read<MountSpecification>(table, "mount", engine, Synonyms);
        return mount is { Kind: MountKind.Bind, Source: { } path }
            ? mount with { Source = engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path) }
            : mount;
    }

    private static string ExpandHome(string text, EngineIntrinsics engine)
        => text.StartsWith("~/", StringComparison.Ordinal) || text.StartsWith("~\\", StringComparison.Ordinal)
            ? engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath("~") + text[1..]
            : text;

    private static bool IsPath(string source)
        => source is "~" or "." or ".."
            || source.Contains('/', StringComparison.Ordinal)
            || source.Contains('\\', StringComparison.Ordinal);
}
