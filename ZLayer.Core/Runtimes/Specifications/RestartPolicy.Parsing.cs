using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Specifications;

public sealed partial record RestartPolicy
{
    private const string Advice = "Write 'no', 'always', 'unless-stopped', 'on-failure' or 'on-failure:3'.";

    /// <summary>
    /// Parses <c>no</c>, <c>always</c>, <c>unless-stopped</c> or <c>on-failure[:count]</c>; nothing is <c>no</c>, as with docker.
    /// </summary>
    /// <exception cref="ZLayerException"><see cref="ZLayerErrorKind.InvalidArgument"/>.</exception>
    public static RestartPolicy Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var (name, count) = Notation.Cut(text.Trim(), ':');
        RestartCondition condition = name.ToLowerInvariant() switch
        {
            "no" or "" => RestartCondition.No,
            "always" => RestartCondition.Always,
            "unless-stopped" => RestartCondition.UnlessStopped,
            "on-failure" => RestartCondition.OnFailure,
            _ => throw Invalid(text, $"there is no condition '{name}'"),
        };
        if (count is null)
        {
            return new RestartPolicy { Condition = condition };
        }

        return condition != RestartCondition.OnFailure ? throw Invalid(text, "only on-failure has a count")
            : int.TryParse(
                count, NumberStyles.None, CultureInfo.InvariantCulture, out var maximum) ? new RestartPolicy
                {
                    Condition = condition,
                    MaximumRetryCount = maximum,
                }
            : throw Invalid(text, $"'{count}' is not a number");
    }

    /// <summary>As <see cref="Parse"/>, without an error.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out RestartPolicy? policy)
    {
        try
        {
            policy = text is null ? null : Parse(text);
        }
        catch (ZLayerException)
        {
            policy = null;
        }

        return policy is not null;
    }

    /// <summary>The condition in Docker's words.</summary>
    internal string Name => Condition switch
    {
        RestartCondition.Always => "always",
        RestartCondition.UnlessStopped => "unless-stopped",
        RestartCondition.OnFailure => "on-failure",
        _ => "no",
    };

    /// <summary><c>on-failure:3</c>.</summary>
    public override string ToString()
        => MaximumRetryCount is { } count ? string.Create(CultureInfo.InvariantCulture, $"{Name}:{count}") : Name;

    private static ZLayerException Invalid(string text, string reason) => Notation.Invalid("restart policy", text, reason, Advice);
}
