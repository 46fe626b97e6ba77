using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Planning;

/// <summary>What the caller of a build agreed to, and the refusal of everything else that steps ask for.</summary>
internal sealed class BuildConsent(BuildOptions options)
{
    /// <summary>
    /// Whether steps may use the machine's network: also by <c>--network host</c> for the whole build, which is consent to that and nothing
    /// else.
    /// </summary>
    public bool AllowsHostNetwork
        => options.Network == BuildNetwork.Host || IsAllowed(new BuildEntitlement { Privilege = BuildPrivilege.NetworkHost });

    /// <summary>Refuses steps that ask for what the build was not allowed; one error names them all.</summary>
    /// <param name="steps">The steps, each with its origin when it is a trigger.</param>
    /// <exception cref="ZLayerException">ConsentRequired.</exception>
    public void Require(IEnumerable<ConsentingStep> steps)
    {
        var refused = new List<(ConsentingStep Step, BuildEntitlement Privilege)>();
        foreach (var step in steps)
        {
            refused.AddRange(WantedBy(step.Run).Where(privilege => !IsAllowed(privilege)).Select(privilege => (step, privilege)));
        }

        if (refused.Count > 0)
        {
            throw Refuse(refused);
        }
    }

    private bool IsAllowed(BuildEntitlement wanted)
        => options.Allow.Any(given => given.Covers(wanted))
            || (wanted.Privilege == BuildPrivilege.NetworkHost && options.Network == BuildNetwork.Host);

    private IEnumerable<BuildEntitlement> WantedBy(RunInstruction run)
    {
        if (run.Security == RunSecurity.Insecure)
        {
            yield return new BuildEntitlement { Privilege = BuildPrivilege.SecurityInsecure };
        }

        // A build without network has none for any step, whatever the step asks for.
        if (run.Network == RunNetwork.Host && options.Network != BuildNetwork.None)
        {
            yield return new BuildEntitlement { Privilege = BuildPrivilege.NetworkHost };
        }

        foreach (var device in run.Devices)
        {
            yield return new BuildEntitlement { Privilege = BuildPrivilege.Device, Device = device.Name };
        }
    }

    private static ZLayerException Refuse(List<(ConsentingStep Step, BuildEntitlement Privilege)> refused)
    {
        var lines = refused.Select(r => r.Step.Describe(r.Privilege)).Distinct().ToList();
        var wanted = refused.Select(r => r.Privilege.ToString()).Distinct().ToList();
        var options = string.Join(' ', wanted.SelectMany(privilege => (string[])["--allow", privilege]));
        var quoted = string.Join(", ", wanted.Select(privilege => $"'{privilege}'"));
        var origins = refused.Select(r => r.Step.TriggerOf ?? "this Dockerfile").Distinct();
        return new ZLayerException(ZLayerErrorKind.ConsentRequired, lines[0])
        {
            Subject = refused[0].Step.Location,
            Details = lines.Count > 1 ? lines : [],
            Advice = $"If you trust {string.Join(" and ", origins)}, allow it with "
                + DoorWords.Of(options, $"-Allow {quoted}") + ".",
        };
    }
}

/// <summary>A RUN that may need consent.</summary>
/// <param name="Run">The instruction.</param>
/// <param name="Location">Where it stands in the Dockerfile; of a trigger, where the FROM stands that lets it run.</param>
/// <param name="TriggerOf">For a trigger (ONBUILD) what it comes with, such as <c>the base image NAME</c>; else null.</param>
internal sealed record ConsentingStep(RunInstruction Run, string Location, string? TriggerOf = null)
{
    private const int LongestText = 200;

    /// <summary>An instruction of the Dockerfile itself.</summary>
    public static ConsentingStep Of(RunInstruction run) => new(run, run.Location.ToString());

    /// <summary>The sentence that refuses it.</summary>
    public string Describe(BuildEntitlement refused)
    {
        var text = Run.OriginalText.ReplaceLineEndings(" ");
        text = text.Length <= LongestText ? text : string.Concat(text.AsSpan(0, LongestText), "…");
        var step = TriggerOf is null ? $"{text}: the step" : $"ONBUILD {text}: the trigger of {TriggerOf}";
        return $"{step} wants {WordsFor(refused)}, which this build is not allowed ({Location}).";
    }

    private static string WordsFor(BuildEntitlement privilege) => privilege.Privilege switch
    {
        BuildPrivilege.SecurityInsecure => "all privileges on this machine (--security=insecure)",
        BuildPrivilege.NetworkHost => "the network of this machine (--network=host)",
        _ => $"a device of this machine (--device={privilege.Device})",
    };
}
