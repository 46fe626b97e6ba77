using ZLayer.Core.Tests.Cli;
using ZLayer.Core.Tests.Cli.Containers;
using ZLayer.Core.Tests.Engines;

namespace ZLayer.Core.Tests.Terminals;

/// <summary>Containers in a real terminal, as a person has them.</summary>
[Trait("Kind", "Integration")]
public sealed class TerminalSessionTests(DockerEngineFixture docker) : ContainerCliTest(docker)
{
    private const string Inside = "inside>";

    private TmuxWindow? _window;

    private TmuxWindow Window => _window!;

    public override async Task InitializeAsync()
    {
        Skip.IfNot(TmuxWindow.IsInstalled, "tmux is not installed (apt-get install tmux)");
        await base.InitializeAsync();
        Dictionary<string, string> environment = new(Cli.Environment) { ["ZLAYER_HOME"] = Cli.Root, ["Z"] = CliProcess.Program, ["IMAGE"] = Image };
        _window = await TmuxWindow.OpenAsync(environment, Cli.Directory);
    }

    public override async Task DisposeAsync()
    {
        if (_window is not null)
        {
            await _window.DisposeAsync();
        }

        await base.DisposeAsync();
    }

    [SkippableTheory]
    [InlineData("run")]
    [InlineData("exec")]
    [InlineData("attach")]
    [InlineData("start")]
    public async Task Terminal_is_that_of_the_container_until_it_ends(string way)
    {
        var before = await Window.ModesAsync("before");
        await EnterAsync(way);

        await Window.TypeLineAsync("stty size");
        await Window.SeeAsync("^24 80$");
        await Window.TypeAsync("echo ac");
        await Window.PressAsync("Left");
        await Window.TypeLineAsync("b");
        await Window.SeeAsync("^abc$");
        await Window.PressAsync("Up");
        await Window.PressAsync("Up");
        await Window.PressAsync("C-a", "C-k");
        await Window.TypeLineAsync("echo $((6*7))");
        await Window.SeeAsync("^42$");

        await Window.ResizeAsync(100, 30);
        await Window.TypeLineAsync("for i in 1 2 3 4 5 6 7 8 9; do stty size; sleep 0.2; done");
        await Window.SeeAsync("^30 100$");

        await Window.SeeAsync($"{Inside}$");
        await Window.TypeLineAsync("exit 7");
        await Window.SeeAsync("^code=7$");
        Assert.Equal(before, await Window.ModesAsync("after"));
    }

    [SkippableTheory]
    [InlineData("run")]
    [InlineData("exec")]
    public async Task Control_keys_reach_the_container_and_not_the_command(string way)
    {
        await EnterAsync(way);

        await Window.TypeLineAsync("sleep 1000");
        await Window.SeeAsync("sleep 1000$");
        await Window.PressAsync("C-c");
        await Window.TypeLineAsync("echo still $?");
        await Window.SeeAsync("^still 130$");

        await Window.TypeLineAsync("stty raw -echo; echo go; head -c 4 | od -An -tx1; stty sane");
        await Window.SeeAsync("^go");
        await Window.PressAsync("C-z", "C-\\", "C-s", "C-q");
        await Window.SeeAsync("1a 1c 13 11");
    }

    [SkippableTheory]
    [InlineData("run")]
    [InlineData("exec")]
    [InlineData("attach")]
    public async Task Detach_keys_leave_everything_running(string way)
    {
        var before = await Window.ModesAsync("before");
        var name = await EnterAsync(way);

        // A first Ctrl+P alone is the container's.
        await Window.TypeLineAsync("echo one");
        await Window.SeeAsync("^one$");
        await Window.PressAsync("C-p");
        await Window.PressAsync("Enter");
        await Window.SeeAsync("^one(\n.*)*^one$");

        await Window.PressAsync("C-p", "C-q");
        await Window.SeeAsync("^code=0$");
        Assert.Equal(before, await Window.ModesAsync("after"));
        Assert.Equal("true", await AskDockerAsync("inspect", "-f", "{{.State.Running}}", name));
    }

    [SkippableFact]
    public async Task Other_detach_keys_take_the_place_of_the_usual_ones()
    {
        var name = await EnterAsync("run", "--detach-keys ctrl-x");

        await Window.PressAsync("C-p", "C-q");
        await Window.PressAsync("C-a", "C-k");
        await Window.TypeLineAsync("echo still here");
        await Window.SeeAsync("^still here$");
        await Window.PressAsync("C-x");
        await Window.SeeAsync("^code=0$");
        Assert.Equal("true", await AskDockerAsync("inspect", "-f", "{{.State.Running}}", name));
    }

    [SkippableTheory]
    [InlineData("TERM", 143)]
    [InlineData("HUP", 129)]
    [InlineData("INT", 130)]
    [InlineData("QUIT", 131)]
    public async Task Signal_that_ends_the_command_restores_the_terminal(string signal, int exitCode)
    {
        var before = await Window.ModesAsync("before");
        // What run gets is the container's.
        var name = await EnterAsync("attach");

        var process = (await Programs.RunAsync("pgrep", "-f", $"zlayer attach .*{name}")).Text;
        await Programs.RunAsync("kill", $"-{signal}", process);

        await Window.SeeAsync($"code={exitCode}$");
        Assert.Equal(before, await Window.ModesAsync("after"));
    }

    [SkippableFact]
    public async Task Container_that_is_killed_ends_the_session_and_restores_the_terminal()
    {
        var before = await Window.ModesAsync("before");
        var name = await EnterAsync("run");

        await AskDockerAsync("kill", name);

        await Window.SeeAsync("code=137$");
        Assert.Equal(before, await Window.ModesAsync("after"));
    }

    [SkippableFact]
    public async Task Command_that_was_stopped_goes_on_in_raw_mode()
    {
        var name = await EnterAsync("run");
        var process = (await Programs.RunAsync("pgrep", "-f", $"zlayer run .*{name}")).Text;

        await Programs.RunAsync("kill", "-STOP", process);
        await Window.SeeAsync("Stopped");
        await Window.TypeLineAsync("fg");
        await Window.SeeAsync("^\\$Z run|zlayer run|Z run");
        await Window.TypeLineAsync("echo $((40+2))");

        await Window.SeeAsync("^42$");
    }

    [SkippableFact]
    public async Task Ten_megabytes_come_through_a_terminal_whole()
    {
        await Window.TypeLineAsync("$Z run -t --rm --network none $IMAGE sh -c 'yes 0123456789abcde | head -n 655360' | tee out | wc -c");
        await Window.SeeAsync("^11141120$");

        // A terminal makes two characters of each end of line.
        await using var output = File.OpenRead(Path.Combine(Cli.Directory, "out"));
        using var reader = new StreamReader(output);
        var lines = 0;
        while (await reader.ReadLineAsync() is { } line)
        {
            Assert.Equal("0123456789abcde", line);
            lines++;
        }

        Assert.Equal(655360, lines);
    }

    [SkippableFact]
    public async Task Wide_characters_and_pasted_text_are_not_changed()
    {
        await EnterAsync("run");

        await Window.TypeLineAsync("stty -icanon -echo; echo go; head -c 23 | od -An -v -tx1 | tr -d ' \\n'; stty sane; echo");
        await Window.SeeAsync("^go");
        await Window.TypeAsync("é漢🙂");
        await Window.TypeAsync("\u001b[200~ab\u001b[201~");
        await Window.SeeAsync("^c3a9e6bca2f09f99821b5b3230307e61621b5b3230317e$");
        await Window.TypeLineAsync("printf '\\303\\251\\346\\274\\242\\360\\237\\231\\202|\\n'");
        await Window.SeeAsync("^é漢🙂\\|$");
    }

    [SkippableFact]
    public async Task Terminal_output_goes_to_a_pipe_and_input_stays_a_terminal()
    {
        await Window.TypeLineAsync("$Z run -it --rm --network none $IMAGE sh -c 'read line; echo got $line' > out; cat out");
        await Window.TypeLineAsync("text");

        await Window.SeeAsync("^got text$");
    }

    [SkippableFact]
    public async Task Console_of_PowerShell_is_the_containers_and_comes_back()
    {
        Skip.If(Programs.Find("pwsh") is null, "PowerShell (pwsh) is not installed");
        var before = await Window.ModesAsync("before");
        var name = NewName();
        Cli.Run("run", "-dit", "--name", name, "--network", "none", "-e", $"PS1={Inside} ", Image, "sh").Succeeded();
        var module = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(CliProcess.Program)!, "..", "ZLayer", "ZLayer.psd1"));
        await Window.TypeLineAsync("pwsh -NoProfile -NoLogo");
        await Window.SeeAsync("^PS ");
        await Window.TypeLineAsync($"Remove-Module PSReadLine; Import-Module {module}; function prompt {{ 'pwsh> ' }}");
        await Window.SeeAsync("^pwsh>$");

        await Window.TypeLineAsync($"Enter-ZLayerContainer {name} -Verbose");
        await Window.SeeAsync($"^{Inside}$");
        await Window.TypeLineAsync("stty size");
        await Window.SeeAsync("^24 80$");
        await Window.TypeLineAsync("sleep 1000");
        await Window.SeeAsync("sleep 1000$");
        await Window.PressAsync("C-c");
        await Window.TypeLineAsync("echo still $?");
        await Window.SeeAsync("^still 130$");
        await Window.TypeLineAsync("exit 3");
        await Window.SeeAsync("exit code 3");

        await Window.TypeLineAsync($"Enter-ZLayerContainer {name} -Attach");
        await Window.TypeUntilAsync("echo attached", "^attached$");
        await Window.PressAsync("C-p", "C-q");
        await Window.TypeLineAsync("\"$(40 + 2) is back\"");
        await Window.SeeAsync("^42 is back$");
        Assert.Equal("true", await AskDockerAsync("inspect", "-f", "{{.State.Running}}", name));

        await Window.TypeLineAsync($"Enter-ZLayerContainer {name} -NoTty -Command sh, -c, 'echo go; wc -l'");
        await Window.SeeAsync("^go$");
        await Window.TypeLineAsync("one line");
        await Window.SeeAsync("^one line$");
        await Window.PressAsync("C-d");
        await Window.SeeAsync("^1$");

        await Window.TypeLineAsync($"Enter-ZLayerContainer -Image {Image} -Name {name}n -Network none -Environment 'PS1=new> ' -- sh; \"code $LASTEXITCODE\"");
        // Not the prompt of before, which still stands in the window.
        await Window.SeeAsync("^new>$");
        await Window.TypeLineAsync("tty; exit 4");
        await Window.SeeAsync("^code 4$");
        await Window.TypeLineAsync("exit");
        Assert.Equal(before, await Window.ModesAsync("after"));
        Assert.Equal("", await AskDockerAsync("ps", "-aq", "-f", $"name={name}n"));
    }

    /// <summary>Gets into a container's shell in one of the ways there are. The exit code is shown when it is over.</summary>
    private async Task<string> EnterAsync(string way, string options = "")
    {
        var name = NewName();
        var create = $"--name {name} --network none -e 'PS1={Inside} ' $IMAGE sh";
        await Window.ClearAsync();
        var command = way switch
        {
            "run" => $"$Z run -it {options} {create}",
            "exec" => $"$Z run -d -it {create} > /dev/null; $Z exec -it {options} {name} sh",
            "attach" => $"$Z run -d -it {create} > /dev/null; $Z attach {options} {name}",
            _ => $"$Z create -it {create} > /dev/null; $Z start -ai {options} {name}",
        };
        await Window.TypeLineAsync(command + "; echo code=$?");
        await Window.SeeAsync($"^{Inside}$");

        // A shell asks the terminal where its cursor is: the answer must not come when the shell is gone.
        await Window.TypeLineAsync("echo in");
        await Window.SeeAsync($"^in\\n{Inside}$");
        return name;
    }
}
