using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The working directory and the volumes of the image, where the store holds it.</summary>
public sealed class ImageDirectoryCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => ImagePortCompleter.PrepareConfig(bound, config =>
            new[] { config.WorkingDir }.Concat(config.Volumes?.Keys ?? []).OfType<string>().Where(path => path.Length > 0).Select(path => new Candidate(path)));
}
