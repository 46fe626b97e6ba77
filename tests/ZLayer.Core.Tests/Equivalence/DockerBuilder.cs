using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Equivalence;

/// <summary>Builds a case of the corpus with a Docker engine.</summary>
public static class DockerBuilder
{
    public static ImageSnapshot Build(DockerEngine engine, CorpusCase item, string directory, CorpusBase baseImage, string? serverAddress)
    {
        List<string> arguments =
        [
            "build", "--progress=plain", "--no-cache", "--network=host", "-f", Path.Combine(directory, item.Dockerfile), "-t", "corpus:" + item.Name,
        ];
        void Add(string option, string value) => arguments.AddRange([option, value]);

        if (item.Target is not null)
        {
            Add("--target", item.Target);
        }

        if (item.Platform is not null)
        {
            Add("--platform", item.Platform);
        }

        foreach (var (key, value) in item.BuildArgs)
        {
            Add("--build-arg", $"{key}={value}");
        }

        if (serverAddress is not null)
        {
            Add("--build-arg", $"BASE_URL={serverAddress}");
        }

        foreach (var (key, value) in item.Labels)
        {
            Add("--label", $"{key}={value}");
        }

        foreach (var (id, text) in item.Secrets)
        {
            var file = Path.Combine(directory, $"secret-{id}");
            File.WriteAllText(file, text);
            Add("--secret", $"id={id},src={file}");
        }

        foreach (var (name, folder) in item.Contexts)
        {
            Add("--build-context", $"{name}={directory}/{folder}");
        }

        engine.Docker([.. arguments, Path.Combine(directory, "context")]);
        var archive = Path.Combine(directory, "docker.tar");
        engine.Docker("save", "-o", archive, "corpus:" + item.Name);
        return ImageSnapshot.FromArchive(archive, tree => tree.NameContent(baseImage.BusyboxSha256, "busybox"));
    }
}
