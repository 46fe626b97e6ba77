using System.Collections;
using System.Management.Automation;
using ZLayer.Core;
using ZLayer.Core.Images.ManifestLists;
using ZLayer.Core.Oci;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Finds the manifest lists that users name, and reads what they say of entries.</summary>
internal static class ManifestSelection
{
    /// <summary>
    /// The names that an identity means: itself, or the lists of the store that a pattern fits. Errors are written to the cmdlet.
    /// </summary>
    public static IReadOnlyList<ImageReference> NamesOf(Cmdlet cmdlet, ZLayerEngine engine, ImageIdentity identity)
    {
        try
        {
            if (!identity.IsPattern)
            {
                return [ImageReference.Parse(identity.Text)];
            }

            var pattern = WildcardPattern.Get(identity.Text, WildcardOptions.IgnoreCase);
            return [.. engine.Manifests.List()
                .Where(list => pattern.IsMatch(list.Name) || pattern.IsMatch(list.Reference!.ToString()))
                .Select(list => list.Reference!)];
        }
        catch (Exception exception) when (ErrorMapper.IsFailure(exception))
        {
            cmdlet.WriteError(ErrorMapper.ToErrorRecord(exception, identity.Text));
            return [];
        }
    }

    /// <summary>
    /// The lists that an identity means. A pattern may match none; a name that matches none is an error, written to the cmdlet.
    /// </summary>
    public static IReadOnlyList<ManifestInfo> Find(Cmdlet cmdlet, ZLayerEngine engine, ImageIdentity identity)
    {
        var found = new List<ManifestInfo>();
        foreach (var name in NamesOf(cmdlet, engine, identity))
        {
            try
            {
                found.Add(engine.Manifests.Get(name));
            }
            catch (Exception exception) when (ErrorMapper.IsFailure(exception))
            {
                cmdlet.WriteError(ErrorMapper.ToErrorRecord(exception, identity.Text));
            }
        }

        return found;
    }

    /// <summary>Annotations as the engine takes them; a value of null removes one.</summary>
    public static SortedDictionary<string, string> Annotations(IDictionary? table)
    {
        var result = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in table ?? new Hashtable())
        {
            result[LanguagePrimitives.ConvertTo<string>(entry.Key)] = entry.Value is null
                ? ""
                : LanguagePrimitives.ConvertTo<string>(entry.Value);
        }

        return result;
    }
}
