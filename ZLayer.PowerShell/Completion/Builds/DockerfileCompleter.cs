using System.Collections;
using ZLayer.Core.Builds;
using ZLayer.Core.Dockerfiles;

namespace ZLayer.PowerShell.Completion;

/// <summary>The base of completers that read the Dockerfile of the build that is being written.</summary>
public abstract class DockerfileCompleter : Completer
{
    private const long LargestDockerfile = 1024 * 1024;

    private protected sealed override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
    {
        var text = Bound(bound, "Definition");
        var path = text is not null ? null
            : Bound(bound, "File") is { } file ? FullPath(file)
            : new BuildOptions { ContextDirectory = FullPath(Bound(bound, "Path") ?? ".") }.FindDockerfile();
        return () => text is not null ? Candidates(DockerfileOutline.Of(Dockerfile.Parse(text)))
            : path is not null
                && new FileInfo(path).Length <= LargestDockerfile ? Candidates(
                    DockerfileOutline.Of(Dockerfile.Parse(File.ReadAllText(path))))
            : [];
    }

    /// <summary>What to offer of a Dockerfile.</summary>
    /// <param name="outline">Its stages and arguments.</param>
    private protected abstract IEnumerable<Candidate> Candidates(DockerfileOutline outline);
}
