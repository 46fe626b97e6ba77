using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ZLayer.Core.Tests.Engines;

/// <summary>An sshd on loopback with keys of its own, and an ssh program that knows them.</summary>
public sealed class SshServer : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-ssh-").FullName;
    private Process? _daemon;

    private SshServer()
    {
    }

    /// <summary>Why there can be none; null when there can.</summary>
    public static string? Obstacle { get; }
        = Programs.Find("sshd") is null || Programs.Find("ssh-keygen") is null ? "sshd is not installed (apt-get install openssh-server)"
            : !Environment.IsPrivilegedProcess ? "this sshd needs root"
            : null;

    public int Port { get; private set; }

    /// <summary>An ssh that uses the keys of this server and nothing of the user's.</summary>
    public string Program => _directory + "/ssh";

    /// <summary>An ssh that has no key.</summary>
    public string StrangerProgram => _directory + "/ssh-stranger";

    /// <summary>Starts a server.</summary>
    /// <param name="dockerHost">The engine for those who sign in.</param>
    public static async Task<SshServer> StartAsync(string dockerHost)
    {
        var server = new SshServer();
        await server.WriteAsync(dockerHost);
        server._daemon = Process.Start(new ProcessStartInfo(Programs.Find("sshd")!, ["-D", "-e", "-f", server._directory + "/sshd_config"]) { RedirectStandardError = true })!;
        server._daemon.BeginErrorReadLine();
        while (!server._daemon.HasExited)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync(IPAddress.Loopback, server.Port);
                return server;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }

        throw new InvalidOperationException("sshd does not start here");
    }

    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            _daemon.Kill();
            await _daemon.WaitForExitAsync();
            _daemon.Dispose();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task WriteAsync(string dockerHost)
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        foreach (var key in (string[])["host", "user"])
        {
            _ = (await Programs.RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", $"{_directory}/{key}")).Text;
        }

        File.Copy(_directory + "/user.pub", _directory + "/authorized_keys");
        var host = (await File.ReadAllTextAsync(_directory + "/host.pub")).Trim();
        await File.WriteAllTextAsync(_directory + "/known_hosts", string.Create(CultureInfo.InvariantCulture, $"[127.0.0.1]:{Port} {host}\n"));
        // Where sshd gives up its privileges; Debian makes it when the service starts.
        Directory.CreateDirectory("/run/sshd");
        await File.WriteAllTextAsync(
            _directory + "/sshd_config",
            string.Create(CultureInfo.InvariantCulture, $"""
                ListenAddress 127.0.0.1:{Port}
                HostKey {_directory}/host
                PidFile none
                AuthorizedKeysFile {_directory}/authorized_keys
                StrictModes no
                UsePAM no
                PasswordAuthentication no
                PermitRootLogin prohibit-password
                SetEnv DOCKER_HOST={dockerHost}
                """) + "\n");
        WriteProgram(Program, $"-i {_directory}/user");
        WriteProgram(StrangerProgram, "-o IdentityFile=none");
    }

    private void WriteProgram(string path, string identity)
        => Programs.WriteScript(path, $"#!/bin/sh\nexec ssh -F none -o UserKnownHostsFile={_directory}/known_hosts -o IdentitiesOnly=yes -o IdentityAgent=none {identity} \"$@\"\n");
}
