using System.Diagnostics;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Processes;

namespace ZLayer.Core.Builds.Solving;

/// <summary>The SSH agents of a build: sockets that the caller has, or an agent started for key files.</summary>
internal sealed class SshAgents(BuildOptions options, IReadOnlyDictionary<string, string> environment) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, string> _started = new(StringComparer.Ordinal);
    private readonly List<(Process Agent, string Directory)> _agents = [];

    /// <summary>The socket for an id; null when the build was given none.</summary>
    public string? Find(string id)
    {
        if (options.Ssh.FirstOrDefault(s => s.Id == id) is not { } ssh)
        {
            return null;
        }

        if (ssh.Paths.Count == 0)
        {
            return environment.GetValueOrDefault("SSH_AUTH_SOCK")
                ?? throw new ZLayerException(
                    ZLayerErrorKind.InvalidArgument, $"The SSH agent '{id}' has no path and SSH_AUTH_SOCK is not set.")
                {
                    Subject = id,
                    Advice = "Start ssh-agent, or name its socket or a key file.",
                };
        }

        if (ssh.Paths.Count == 1 && IsSocket(ssh.Paths[0]))
        {
            return ssh.Paths[0];
        }

        lock (_gate)
        {
            return _started.TryGetValue(id, out var socket) ? socket : _started[id] = Start(ssh);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (agent, directory) in _agents)
        {
            agent.Kill();
            agent.Dispose();
            Directory.Delete(directory, recursive: true);
        }
    }

    private static bool IsSocket(string path)
        => File.Exists(path) && (File.GetAttributes(path) & FileAttributes.Directory) == 0 && !IsKey(path);

    // A socket cannot be opened as a file; a key file can.
    private static bool IsKey(string path)
    {
        try
        {
            using var file = UserFile.OpenRead(path);
            return true;
        }
        catch (IOException)
        {
            return false; // A socket answers ENXIO.
        }
    }

    private string Start(BuildSsh ssh)
    {
        var directory = ScratchDirectory.Create("zlayer-ssh-");
        var socket = Path.Combine(directory, "agent");
        try
        {
            var agent = new ProgramStart(["ssh-agent", "-D", "-a", socket]).Start();
            _agents.Add((agent, directory));
            for (var i = 0; i < 200 && !File.Exists(socket); i++)
            {
                Thread.Sleep(10);
            }

            foreach (var key in ssh.Paths)
            {
                AddKey(ssh.Id, socket, key);
            }

            return socket;
        }
        catch (ZLayerException e) when (e.Kind == ZLayerErrorKind.BuilderUnavailable)
        {
            Directory.Delete(directory, recursive: true);
            throw new ZLayerException(
                ZLayerErrorKind.BuilderUnavailable, $"The keys of the SSH agent '{ssh.Id}' need ssh-agent and ssh-add, which are not installed.", e)
            {
                Subject = ssh.Id,
                Advice = "Install the package openssh-client.",
            };
        }
    }

    private static void AddKey(string id, string socket, string key)
    {
        var start = new ProgramStart(["ssh-add", key])
        {
            Variables = new Dictionary<string, string?> { ["SSH_AUTH_SOCK"] = socket, ["SSH_ASKPASS_REQUIRE"] = "never" },
        };
        var added = start.RunAsync(input: null, CancellationToken.None).GetAwaiter().GetResult();
        if (added.ExitCode != 0)
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"ssh-add does not take the key {key} of the SSH agent '{id}': {added.Error}")
            {
                Subject = key,
                Advice = "Give a private key without pass-phrase, or add it to a running agent and name its socket.",
            };
        }
    }
}
