using System.Collections;
using ZLayer.Core;
using ZLayer.Core.Registries;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Completion;

/// <summary>Registries that the session is logged in to, then those of Docker's and podman's configuration, then well-known ones.</summary>
public sealed class RegistryCompleter : Completer
{
    private static readonly string[] WellKnown = ["docker.io", "ghcr.io", "mcr.microsoft.com", "quay.io"];

    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var loggedIn = ZLayerSession.Current.Registries;
        return () => loggedIn.Select(registry => new Candidate(registry, $"{registry}, logged in"))
            .Concat(Configured().Select(registry => new Candidate(registry, $"{registry}, in a configuration file")))
            .Concat(WellKnown.Select(registry => new Candidate(registry)))
            .DistinctBy(candidate => candidate.Text);
    }

    private static IEnumerable<string> Configured()
    {
        var options = ZLayerEngineOptions.FromEnvironment();
        var docker = options.DockerConfigDirectory is { } directory ? Path.Combine(directory, "config.json") : null;
        return new[] { options.AuthFile, docker }.Concat(options.FurtherAuthFiles)
            .Where(File.Exists)
            .SelectMany(file => new DockerConfigCredentials(file!).GetRegistries());
    }
}
