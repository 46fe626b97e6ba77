using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Specifications;

namespace ZLayer.Core.Tests.Runtimes.Specifications;

public sealed class HealthCheckTests
{
    [Fact]
    public void Shell_text_is_kept_and_blank_is_refused()
    {
        Assert.Equal(["CMD-SHELL", "test -f /ready"], HealthCheck.FromShell("test -f /ready").Test);
        Assert.Throws<ZLayerException>(() => HealthCheck.FromShell(" "));
        Assert.Throws<ZLayerException>(() => HealthCheck.ForTcp(0));
        Assert.Throws<ZLayerException>(() => HealthCheck.ForHttp(new Uri("ftp://localhost/")));
        Assert.Throws<ZLayerException>(() => HealthCheck.ForHttp(new Uri("http://localhost/"), 600));
    }

    [SkippableTheory]
    [InlineData("nc grep sh cat")]
    [InlineData("bash sh cat")]
    [InlineData("grep sh cat")]
    public void Tcp_checks_work_with_what_the_image_has(string programs)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var open = (ushort)((IPEndPoint)listener.LocalEndpoint).Port;
        using var closed = new TcpListener(IPAddress.Loopback, 0);
        closed.Start();
        var shut = (ushort)((IPEndPoint)closed.LocalEndpoint).Port;
        closed.Stop();

        Assert.Equal(0, Run(HealthCheck.ForTcp(open), programs).ExitCode);
        var (exitCode, output) = Run(HealthCheck.ForTcp(shut), programs);
        Assert.Equal(1, exitCode);
        Assert.Contains($"nothing listens on port {shut}", output, StringComparison.Ordinal);
    }

    [SkippableTheory]
    [InlineData("curl sh", 200)]
    [InlineData("curl sh", 404)]
    [InlineData("curl sh", 302)]
    [InlineData("wget sed head sh", 200)]
    [InlineData("wget sed head sh", 404)]
    [InlineData("wget sed head sh", 302)]
    [InlineData("nc sed head sh", 200)]
    [InlineData("nc sed head sh", 404)]
    public async Task Http_checks_work_with_what_the_image_has(string programs, int status)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/it's?a=b&c=d");
        using var stop = new CancellationTokenSource();
        var serving = ServeAsync(listener, status, stop.Token);

        var healthy = Run(HealthCheck.ForHttp(url, status), programs);
        var unhealthy = Run(HealthCheck.ForHttp(url, 201), programs);

        await stop.CancelAsync();
        await serving;
        Assert.True(healthy.ExitCode == 0, healthy.Output);
        Assert.Equal(1, unhealthy.ExitCode);
        Assert.Contains($"status {status}, not 201", unhealthy.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_without_the_programs_is_told_so()
    {
        var (exitCode, output) = Run(HealthCheck.ForHttp(new Uri("https://localhost/")), "sh");

        Assert.Equal(1, exitCode);
        Assert.Contains("no curl, wget", output, StringComparison.Ordinal);
    }

    /// <summary>Runs a check with nothing but the named programs on the path.</summary>
    private static (int ExitCode, string Output) Run(HealthCheck check, string programs)
    {
        var directory = Directory.CreateTempSubdirectory("zlayer-health-").FullName;
        try
        {
            foreach (var program in programs.Split(' '))
            {
                var found = Engines.Programs.Find(program) ?? (Engines.Programs.Find("busybox") is { } busybox ? busybox : null);
                Skip.If(found is null, $"there is no {program}");
                File.CreateSymbolicLink(Path.Combine(directory, program), found!);
            }

            var start = new ProcessStartInfo("timeout", ["-s", "KILL", "20", Path.Combine(directory, "sh"), "-c", check.Test[1]]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["PATH"] = directory;
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            Assert.True(process.WaitForExit(TimeSpan.FromSeconds(20)));
            return (process.ExitCode, output + error.GetAwaiter().GetResult());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task ServeAsync(TcpListener listener, int status, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                using var client = await listener.AcceptTcpClientAsync(cancellationToken);
                var stream = client.GetStream();
                _ = await stream.ReadAsync(new byte[4096], cancellationToken);
                var location = status == 302 ? "Location: http://127.0.0.1:9/elsewhere\r\n" : "";
                await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"HTTP/1.0 {status} Some\r\n{location}Content-Length: 2\r\n\r\nok"), cancellationToken);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
