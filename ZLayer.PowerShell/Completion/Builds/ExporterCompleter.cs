using System.Collections;

namespace ZLayer.PowerShell.Completion;

/// <summary>The beginnings of outputs.</summary>
public sealed class ExporterCompleter : Completer
{
    private protected override Func<IEnumerable<Candidate>> Prepare(string word, IDictionary bound)
        => () =>
        [
            new Candidate("type=oci,dest=", "An OCI layout as a tar archive; with tar=false a directory"),
            new Candidate("type=docker,dest=", "An archive for 'docker load'"),
            new Candidate("type=docker-engine", "Straight into the Docker engine"),
            new Candidate("type=local,dest=", "The files of the image in a directory"),
            new Candidate("type=tar,dest=", "The files of the image in a tar archive"),
        ];
}
