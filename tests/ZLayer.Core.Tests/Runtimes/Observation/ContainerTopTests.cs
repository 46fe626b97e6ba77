using ZLayer.Core.Runtimes.Observation;

namespace ZLayer.Core.Tests.Runtimes.Observation;

public sealed class ContainerTopTests
{
    [Theory]
    [InlineData("01:02", 62)]
    [InlineData("03:01:02", 10_862)]
    [InlineData("2-03:01:02", 183_662)]
    [InlineData("2147483647-00:00:00", null)]
    [InlineData("2147483647:00:00", null)]
    [InlineData("00:2147483647:00", null)]
    [InlineData("99999999999:00", null)]
    [InlineData("-1:00", null)]
    [InlineData("1:2:3:4", null)]
    [InlineData("", null)]
    public void A_time_that_no_process_has_stays_a_text(string text, int? seconds)
    {
        var process = Assert.Single(new ContainerTop(["PID", "TIME"], [["7", text, "more"]]).ToProcesses("web"));

        Assert.Equal(seconds is { } count ? TimeSpan.FromSeconds(count) : TimeSpan.Zero, process.Cpu ?? TimeSpan.Zero);
        Assert.Equal(seconds is null ? text : null, process.Extra.GetValueOrDefault("TIME"));
    }
}
