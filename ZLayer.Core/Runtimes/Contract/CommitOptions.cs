using ZLayer.Core.Oci;

namespace ZLayer.Core.Runtimes;

/// <summary>How an image is made of a container.</summary>
public sealed record CommitOptions
{
    /// <summary>The image's name; null leaves it without one.</summary>
    public ImageReference? Target { get; init; }

    /// <summary>A remark for the history.</summary>
    public string? Comment { get; init; }

    /// <summary>Who made it.</summary>
    public string? Author { get; init; }

    /// <summary>Pauses the container meanwhile, so that its files do not change.</summary>
    public bool Pause { get; init; } = true;

    /// <summary>
    /// Dockerfile instructions that change the config: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR.
    /// </summary>
    public IReadOnlyList<string> Changes { get; init => field = value.ToArray(); } = [];
}
