using System.CommandLine;
using ZLayer.Cli.Arguments;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Cli.Commands.Containers.Creation;

/// <summary>How the health of a container is checked.</summary>
internal sealed class HealthOptions : OptionGroup
{
    private readonly Option<string?> _command = OptionOf.Text("--health-cmd", "COMMAND", "A command for its shell; exit code 0 is healthy");
    private readonly Option<string?> _interval = OptionOf.Text("--health-interval", "DURATION", "The time between checks");
    private readonly Option<string?> _timeout = OptionOf.Text("--health-timeout", "DURATION", "How long a check may take");
    private readonly Option<string?> _startPeriod
        = OptionOf.Text("--health-start-period", "DURATION", "The time after the start in which failures do not count");
    private readonly Option<string?> _startInterval
        = OptionOf.Text("--health-start-interval", "DURATION", "The time between checks in the start period");
    private readonly Option<int?> _retries
        = new("--health-retries") { Description = "So many failures in a row make it unhealthy", HelpName = "NUMBER" };
    private readonly Option<bool> _none = OptionOf.Flag("--no-healthcheck", "Switch the image's check off");

    public override IEnumerable<Option> All => [_command, _interval, _timeout, _startPeriod, _startInterval, _retries, _none];

    public ContainerSpecification Apply(ParseResult parsed, ContainerSpecification specification)
    {
        var given = All.SkipLast(1).FirstOrDefault(option => parsed.GetResult(option) is not null);
        if (parsed.GetValue(_none))
        {
            return given is null
                ? specification with { HealthCheck = HealthCheck.Disabled }
                : throw new UsageException($"--no-healthcheck and {given.Name} exclude each other.");
        }

        if (given is null)
        {
            return specification;
        }

        var check = parsed.Read(_command, HealthCheck.FromShell) ?? new HealthCheck();
        return specification with
        {
            HealthCheck = check with
            {
                Interval = parsed.ReadValue(_interval, Duration.Parse),
                Timeout = parsed.ReadValue(_timeout, Duration.Parse),
                StartPeriod = parsed.ReadValue(_startPeriod, Duration.Parse),
                StartInterval = parsed.ReadValue(_startInterval, Duration.Parse),
                Retries = parsed.GetValue(_retries),
            },
        };
    }
}
