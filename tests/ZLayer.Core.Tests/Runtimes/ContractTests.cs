using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;

namespace ZLayer.Core.Tests.Runtimes;

public sealed class ContractTests
{
    [Theory]
    [InlineData("web", 0, "default", 0, "web-rep-0")]
    [InlineData("my-web", 12, "default", 0, "my-web-rep-12")]
    [InlineData("web", 0, "worker", 3, "web-worker-0-on-3")]
    [InlineData("web", 1, "default", 2, "web-default-1-on-2")]
    [InlineData("a-rep-1-on-2", 4294967295, "r", 18446744073709551615, "a-rep-1-on-2-r-4294967295-on-18446744073709551615")]
    [InlineData("on-rep", 0, "default", 0, "on-rep-rep-0")]
    public void Container_ids_are_read_back_from_the_right(string service, uint replica, string role, ulong node, string text)
    {
        var id = new ContainerId(service, replica, role, node);

        Assert.Equal(text, id.ToString());
        Assert.True(ContainerId.TryParse(text, out var parsed));
        Assert.Equal(id, parsed);
        Assert.Equal("zlayer-" + text, id.ContainerName);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("web")]
    [InlineData("rep-0")]
    [InlineData("-rep-0")]
    [InlineData("web-rep-")]
    [InlineData("web-rep-x")]
    [InlineData("web-rep--1")]
    [InlineData("web-rep-4294967296")]
    [InlineData("web--0-on-1")]
    [InlineData("worker-0-on-3")]
    public void Other_texts_are_no_container_ids(string? text) => Assert.False(ContainerId.TryParse(text, out _));

    [Theory]
    [InlineData(1, "SIGHUP")]
    [InlineData(9, "SIGKILL")]
    [InlineData(10, "SIGUSR1")]
    [InlineData(15, "SIGTERM")]
    [InlineData(16, "SIGSTKFLT")]
    [InlineData(17, "SIGCHLD")]
    [InlineData(18, "SIGCONT")]
    [InlineData(19, "SIGSTOP")]
    [InlineData(20, "SIGTSTP")]
    [InlineData(28, "SIGWINCH")]
    [InlineData(29, "SIGIO")]
    [InlineData(31, "SIGSYS")]
    [InlineData(32, "signal_32")]
    [InlineData(34, "SIGRTMIN")]
    [InlineData(37, "SIGRTMIN+3")]
    [InlineData(64, "SIGRTMIN+30")]
    public void Signals_have_the_numbers_of_Linux(int number, string name)
    {
        var signal = Signal.FromExitCode(128 + number);

        Assert.Equal((number, name), (signal?.Number, signal?.Name));
        Assert.Equal(signal, Signal.Parse($"{number}"));
        Assert.True(number == 32 || Signal.Parse(name) == signal);
    }

    [Theory]
    [InlineData("kill", 9)]
    [InlineData(" sigTerm ", 15)]
    [InlineData("IOT", 6)]
    [InlineData("SIGCLD", 17)]
    [InlineData("poll", 29)]
    [InlineData("RTMAX", 64)]
    [InlineData("SIGRTMAX-2", 62)]
    [InlineData("rtmin+15", 49)]
    public void Signals_are_parsed_as_people_write_them(string text, int number) => Assert.Equal(number, Signal.Parse(text).Number);

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("0")]
    [InlineData("65")]
    [InlineData("-9")]
    [InlineData("SIG")]
    [InlineData("SIGNAL")]
    [InlineData("RTMIN+31")]
    [InlineData("RTMIN+-1")]
    [InlineData("SIGSIGKILL")]
    public void Text_that_is_no_signal_is_refused(string text)
        => Assert.Equal(ZLayerErrorKind.InvalidArgument, Assert.Throws<ZLayerException>(() => Signal.Parse(text)).Kind);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(128)]
    [InlineData(255)]
    [InlineData(-9)]
    public void Ordinary_exit_codes_tell_of_no_signal(int exitCode) => Assert.Null(Signal.FromExitCode(exitCode));

    [Fact]
    public void Capabilities_tell_what_is_declined_and_why()
    {
        var capabilities = new RuntimeCapabilities(new Dictionary<RuntimeOperation, string> { [RuntimeOperation.CommitContainer] = "it keeps no files" });

        Assert.Equal(49, RuntimeCapabilities.All.Operations.Count());
        Assert.Equal(48, capabilities.Operations.Count());
        Assert.False(capabilities.Supports(RuntimeOperation.CommitContainer));
        Assert.Null(capabilities.WhyDeclined(RuntimeOperation.Exec));
        var error = capabilities.Declined("memory", RuntimeOperation.CommitContainer);
        Assert.Equal((ZLayerErrorKind.OperationNotSupported, "memory"), (error.Kind, error.Subject));
        Assert.Contains("memory", error.Message, StringComparison.Ordinal);
        Assert.Contains("CommitContainer", error.Message, StringComparison.Ordinal);
        Assert.Contains("it keeps no files", error.Message, StringComparison.Ordinal);
    }
}
