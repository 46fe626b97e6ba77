using System.Globalization;
using ZLayer.Core.Builds.Planning;
using ZLayer.Core.Builds.Run;
using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;
using ZLayer.Core.Images;

namespace ZLayer.Core.Builds.Solving;

/// <summary>The mounts of a RUN: what they add to the key, and what they become when it executes.</summary>
internal sealed class RunMounts(BuildSession session, StageContext stage, RunInstruction instruction)
{
    private readonly List<MountSource> _sources = [];

    /// <summary>Where the script of a heredoc with a shebang is mounted.</summary>
    public static string ScriptPath(Heredoc script) => "/dev/pipes/" + script.Name;

    /// <summary>
    /// Adds the mounts to the key: their parameters always, the files of bind mounts, never the content of caches or secrets.
    /// </summary>
    public async Task DescribeAsync(StepInputs inputs, CancellationToken cancellationToken)
    {
        foreach (var mount in AllMounts())
        {
            RefuseRoot(mount);
            inputs.Add("mount " + (mount.Target ?? mount.Id ?? mount.Env), Canonical(mount));
            if (mount.Kind == RunMountKind.Bind || mount.From is not null)
            {
                var source = await MountSource.ResolveAsync(session, stage, mount, instruction, cancellationToken).ConfigureAwait(false);
                _sources.Add(source);
                inputs.Add("files mounted at " + TargetOf(mount), await source.ComputeKeyAsync(cancellationToken).ConfigureAwait(false));
            }
        }
    }

    /// <summary>Which mounted files changed.</summary>
    public string? ExplainContent() => _sources.Count > 0 ? "the mounted files changed" : null;

    /// <summary>Takes locks, reads secrets and resolves files.</summary>
    public async Task<PreparedMounts> PrepareAsync(CancellationToken cancellationToken)
    {
        var prepared = new PreparedMounts();
        try
        {
            var caches = new StepCaches(session, stage, instruction);
            await caches.AcquireAsync(
                prepared, AllMounts().Where(m => m.Kind == RunMountKind.Cache), cancellationToken).ConfigureAwait(false);
            foreach (var mount in AllMounts())
            {
                await PrepareAsync(prepared, caches, mount, cancellationToken).ConfigureAwait(false);
            }

            if (instruction.Command.HasShebang)
            {
                var script = instruction.Command.Heredocs[0];
                prepared.Mounts.Add(new SecretStepMount(ScriptPath(script))
                {
                    Content = System.Text.Encoding.UTF8.GetBytes(script.Text),
                    Mode = Convert.ToInt32("755", 8),
                });
            }

            return prepared;
        }
        catch
        {
            await prepared.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private Task PrepareAsync(PreparedMounts prepared, StepCaches caches, RunMountOptions mount, CancellationToken cancellationToken)
    {
        switch (mount.Kind)
        {
            case RunMountKind.Bind:
                return AddBindAsync(prepared, mount, cancellationToken);
            case RunMountKind.Cache:
                prepared.Mounts.Add(
                    new CacheStepMount(Absolute(TargetOf(mount))) { Directory = caches.DirectoryOf(mount), ReadOnly = mount.ReadOnly });
                return Task.CompletedTask;
            case RunMountKind.Tmpfs:
                prepared.Mounts.Add(new TmpfsStepMount(Absolute(TargetOf(mount)), mount.Size));
                return Task.CompletedTask;
            case RunMountKind.Secret:
                AddSecret(prepared, mount, cancellationToken);
                return Task.CompletedTask;
            default:
                AddSsh(prepared, mount);
                return Task.CompletedTask;
        }
    }

    private IEnumerable<RunMountOptions> AllMounts()
    {
        var own = instruction.MountOptions;
        var targets = own.Select(m => m.Target).ToHashSet();
        return own.Concat(session.DefaultCacheMounts.Where(m => !targets.Contains(m.Target)));
    }

    private async Task AddBindAsync(PreparedMounts prepared, RunMountOptions mount, CancellationToken cancellationToken)
    {
        var source = await MountSource.ResolveAsync(session, stage, mount, instruction, cancellationToken).ConfigureAwait(false);
        var directories = await source.MaterializeAsync(prepared, cancellationToken).ConfigureAwait(false);
        prepared.Mounts.Add(new BindStepMount(Absolute(TargetOf(mount)))
        {
            Sources = directories,
            SubPath = source.SubPath,
            ReadOnly = mount.ReadOnly,
        });
    }

    private void AddSecret(PreparedMounts prepared, RunMountOptions mount, CancellationToken cancellationToken)
    {
        var id = mount.Id ?? Path.GetFileName(mount.Target ?? mount.Source ?? "");
        var secret = session.Options.Secrets.FirstOrDefault(s => s.Id == id);
        if (secret is null)
        {
            if (mount.Required)
            {
                throw Invalid(
                    $"needs the secret '{id}', which was not given", $"Pass it with {DoorWords.Of($"--secret id={id},src=PATH", $"-Secret @{{ '{id}' = 'PATH' }}")}.");
            }

            return;
        }

        var content = secret.Read(cancellationToken);
        if (mount.Env is { } variable)
        {
            prepared.SecretVariables.Add($"{variable}={System.Text.Encoding.UTF8.GetString(content)}");
        }

        if (mount.Env is null || mount.Target is not null)
        {
            prepared.Mounts.Add(new SecretStepMount(Absolute(mount.Target ?? "/run/secrets/" + id))
            {
                Content = content,
                Mode = mount.Mode ?? Convert.ToInt32("400", 8),
                Uid = mount.Uid ?? 0,
                Gid = mount.Gid ?? 0,
            });
        }
    }

    private void AddSsh(PreparedMounts prepared, RunMountOptions mount)
    {
        var id = mount.Id ?? "default";
        if (session.FindAgent(id) is not { } socket)
        {
            if (mount.Required)
            {
                throw Invalid(
                    $"needs the SSH agent '{id}', which was not given", $"Start ssh-agent and pass {DoorWords.Of($"--ssh {id}", $"-Ssh {id}")}, or name its socket: {DoorWords.Of($"--ssh {id}=PATH", $"-Ssh {id}=PATH")}.");
            }

            return;
        }

        prepared.Mounts.Add(new SshStepMount(Absolute(mount.Target ?? $"/run/buildkit/ssh_agent.{prepared.NextAgent()}"))
        {
            AgentSocket = socket,
            Mode = mount.Mode ?? Convert.ToInt32("600", 8),
            Uid = mount.Uid ?? 0,
            Gid = mount.Gid ?? 0,
        });
    }

    private string Absolute(string target) => ConfigInstructions.ResolveDirectory(stage.State.Config.WorkingDir, target);

    // The root itself is the step's; a mount over it would hide the program that is to run.
    private void RefuseRoot(RunMountOptions mount)
    {
        var hasDefault = mount.Kind is RunMountKind.Secret or RunMountKind.Ssh && mount.Target is null;
        if (!hasDefault && Absolute(TargetOf(mount)) == "/")
        {
            var advice = mount.Target is null
                ? "Give the mount a target; without one it goes to the working directory, which is / here."
                : "Choose another target.";
            throw Invalid("cannot mount over the root directory", advice);
        }
    }

    // As in BuildKit, files without a target go to the working directory.
    private static string TargetOf(RunMountOptions mount) => mount.Target ?? "";

    private static string Canonical(RunMountOptions mount)
        => string.Create(
            CultureInfo.InvariantCulture,
            $"{mount.Kind} id={mount.Id} source={mount.Source} ro={mount.ReadOnly} sharing={mount.Sharing} size={mount.Size} mode={mount.Mode} uid={mount.Uid} gid={mount.Gid} env={mount.Env} required={mount.Required}");

    private ZLayerException Invalid(string problem, string advice)
        => InstructionErrors.Invalid(instruction, "the step " + problem, advice);
}
