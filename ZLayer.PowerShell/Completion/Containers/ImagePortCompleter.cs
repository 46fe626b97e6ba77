using System.Collections;
using ZLayer.Core.Oci;

namespace ZLayer.PowerShell.Completion;

/// <summary>The ports that the image exposes, where the store holds it.</summary>
public sealed class ImagePortCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => PrepareConfig(
            bound, config => config.ExposedPorts?.Keys.Select(
                port => new Candidate(port.Replace("/tcp", "", StringComparison.Ordinal), $"The image exposes {port}"))
                ?? []);

    /// <summary>Takes what is needed of the session, and returns what is made of the config of the image that was given before.</summary>
    internal static Func<IEnumerable<Candidate>> PrepareConfig(
        IDictionary bound, Func<ContainerDefaults, IEnumerable<Candidate>> candidates)
    {
        if (Bound(bound, "Image") is not { } image)
        {
            return () => [];
        }

        var engine = EngineOf(bound);
        return () => engine.Images.Find(image)?.Config.Config is { } config ? candidates(config) : [];
    }
}

/// <summary>The working directory and the volumes of the image, where the store holds it.</summary>
public sealed class ImageDirectoryCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => ImagePortCompleter.PrepareConfig(bound, config =>
            new[] { config.WorkingDir }.Concat(config.Volumes?.Keys ?? [])
                .OfType<string>()
                .Where(path => path.Length > 0)
                .Select(path => new Candidate(path)));
}
