using ZLayer.Core.Runtimes.Execution;
using ZLayer.Core.Terminals;

namespace ZLayer.Core.Tests.Terminals;

public sealed class LocalTerminalTests : IDisposable
{
    private readonly PseudoTerminal _pty = new(rows: 33, columns: 101);
    private readonly UnixTerminal _terminal;

    public LocalTerminalTests() => _terminal = new UnixTerminal(_pty.Program, _pty.Program);

    public void Dispose() => _pty.Dispose();

    [Fact]
    public void Terminal_knows_itself_and_its_size()
    {
        Assert.True(_terminal.IsInteractive);
        Assert.Equal(new TerminalSize(33, 101), _terminal.Size);
    }

    [Fact]
    public void Raw_mode_changes_the_settings_and_disposing_puts_every_one_back()
    {
        var before = _pty.Settings();
        using (_terminal.EnterRawMode())
        {
            Assert.NotEqual(before, _pty.Settings());
        }

        Assert.Equal(before, _pty.Settings());
    }

    [Fact]
    public void Raw_mode_within_raw_mode_unwinds_in_order()
    {
        var before = _pty.Settings();
        using (_terminal.EnterRawMode())
        {
            var raw = _pty.Settings();
            using (_terminal.EnterRawMode())
            {
            }

            Assert.Equal(raw, _pty.Settings());
        }

        Assert.Equal(before, _pty.Settings());
    }

    [Fact]
    public void Disposing_twice_does_not_undo_what_others_set_since()
    {
        var raw = _terminal.EnterRawMode();
        raw.Dispose();
        using var later = _terminal.EnterRawMode();
        var settings = _pty.Settings();

        raw.Dispose();

        Assert.Equal(settings, _pty.Settings());
    }

    [Fact]
    public void Keys_arrive_at_once_and_control_c_is_a_byte_in_raw_mode()
    {
        using var raw = _terminal.EnterRawMode();
        using var input = _terminal.OpenInput();
        var buffer = new byte[16];

        _pty.Type("a\u0003\r");

        Assert.Equal([97, 3, 13], buffer[..input.Read(buffer)]);
    }

    [Fact]
    public async Task Cancelled_reading_ends_and_leaves_what_is_typed_afterwards_to_the_next_reader()
    {
        using var raw = _terminal.EnterRawMode();
        var buffer = new byte[16];
        using (var input = _terminal.OpenInput())
        {
            var reading = Task.Factory.StartNew(() => input.Read(buffer), TaskCreationOptions.LongRunning);
            input.Cancel();
            Assert.Equal(0, await reading.WaitAsync(TimeSpan.FromSeconds(30)));
            _pty.Type("next");
            Assert.Equal(0, input.Read(buffer));
        }

        using var later = _terminal.OpenInput();
        Assert.Equal("next"u8.ToArray(), buffer[..later.Read(buffer)]);
    }

    [Fact]
    public void Closed_window_is_the_end_of_the_input()
    {
        using var hangUp = new PseudoTerminal();
        var terminal = new UnixTerminal(hangUp.Program, hangUp.Program);
        using var input = terminal.OpenInput();
        hangUp.CloseWindow();

        Assert.Equal(0, input.Read(new byte[16]));
    }

    [Fact]
    public void Nothing_is_switched_where_there_is_no_terminal()
    {
        using var file = File.OpenHandle("/dev/null");
        var terminal = new UnixTerminal((int)file.DangerousGetHandle(), (int)file.DangerousGetHandle());

        Assert.False(terminal.IsInput || terminal.IsOutput || terminal.IsInteractive);
        Assert.Null(terminal.Size);
        terminal.EnterRawMode().Dispose();
    }
}
