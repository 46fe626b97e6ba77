using System.Collections;
using ZLayer.Core.Images;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>Names of the images that the runtime holds; <c>:latest</c> once a colon is typed.</summary>
public sealed class RuntimeImageCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var runtime = ZLayerSession.Current.GetRuntime(Bound(bound, "Runtime"), Bound(bound, "Root") is { } root ? FullPath(root) : null);
        return () => Of(runtime, word);
    }

    /// <summary>The names of the images of a runtime.</summary>
    internal static IEnumerable<Candidate> Of(IContainerRuntime runtime, string word)
        => Recently.RuntimeImages.Of(runtime)
            .Where(image => image.Reference is not null)
            .Select(image => new Candidate(NameOf(image, word), $"{image}, {Quantity.Size(image.Size)}, {Quantity.Age(image.Created)}"));

    private static string NameOf(ImageInfo image, string word)
        => image.Reference!.Tag == "latest" && !word.Contains(':', StringComparison.Ordinal)
            ? image.Reference.FamiliarName
            : image.Reference.ToFamiliarString();
}
