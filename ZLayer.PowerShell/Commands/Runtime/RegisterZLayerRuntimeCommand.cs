using System.Management.Automation;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes;
using ZLayer.Core.Runtimes.Docker;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;

namespace ZLayer.PowerShell.Commands;

/// <summary>Gives a container engine a name, by which all cmdlets can use it beside others.</summary>
/// <remarks>
/// <para>
/// The engine is at an address (-Endpoint), with TLS where certificates are named, or is the one of a Docker context (-Context), whose
/// address and certificates are read anew when the context changes. Nothing is connected to.
/// </para>
/// <para>
/// The name can be given to -Runtime of every cmdlet and chosen with Use-ZLayerRuntime. Containers and images remember it, so that what is
/// piped goes to the engine that it came from. It is known to the whole process, also in the script block of ForEach-Object -Parallel and
/// to thread jobs, until Unregister-ZLayerRuntime or the end of the process. To keep it, register it in the profile, or make a Docker
/// context.
/// </para>
/// <para>
/// An engine that is reached with plain tcp:// obeys everybody who can reach the port. Use ssh://, or TLS with a client certificate.
/// </para>
/// </remarks>
/// <example>
/// <summary>Work with an engine on another machine beside the local one</summary>
/// <code>Register-ZLayerRuntime build -Endpoint ssh://me@build.example.com
/// Get-ZLayerRuntime -Name docker, build</code>
/// </example>
/// <example>
/// <summary>Use the engine of a Docker context for the rest of the session</summary>
/// <code>Register-ZLayerRuntime production -Context production -PassThru | Use-ZLayerRuntime</code>
/// </example>
/// <example>
/// <summary>Reach an engine with TLS and a client certificate</summary>
/// <code>Register-ZLayerRuntime tls -Endpoint tcp://engine.example.com:2376 -CertificateAuthority ./ca.pem -Certificate ./cert.pem -CertificateKey ./key.pem</code>
/// </example>
/// <seealso href="https://docs.docker.com/engine/security/protect-access/">How a Docker engine is protected</seealso>
/// <seealso cref="UnregisterZLayerRuntimeCommand"/>
/// <seealso cref="UseZLayerRuntimeCommand"/>
/// <seealso cref="GetZLayerRuntimeCommand"/>
[Cmdlet(VerbsLifecycle.Register, "ZLayerRuntime", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = EndpointSet)]
[OutputType(typeof(RuntimeInfo))]
public sealed class RegisterZLayerRuntimeCommand : ZLayerAsyncCmdlet
{
    private const string EndpointSet = "Endpoint";
    private const string ContextSet = "Context";

    /// <summary>The name: a letter or digit, then letters, digits, '_', '.', '+' and '-'.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true, HelpMessage = "The name that the engine gets.")]
    [ValidateNotNullOrEmpty]
    public string Name { get; set; } = "";

    /// <summary>
    /// The address: 'unix:///path/to/docker.sock', 'npipe:////./pipe/docker_engine', 'tcp://host:port', 'https://host:port' or
    /// 'ssh://user@host'.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true, ParameterSetName = EndpointSet, HelpMessage = "The address, such as 'ssh://user@host'.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(EndpointCompleter))]
    [Alias("Host")]
    public string? Endpoint { get; set; }

    /// <summary>The name of a Docker context; 'docker context ls' lists them.</summary>
    [Parameter(Mandatory = true, ValueFromPipelineByPropertyName = true, ParameterSetName = ContextSet, HelpMessage = "The name of a Docker context.")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DockerContextCompleter))]
    public string? Context { get; set; }

    /// <summary>
    /// The file with the authorities that may have issued the engine's certificate, in PEM. Without it those of the system are trusted.
    /// </summary>
    [Parameter(ParameterSetName = EndpointSet, ValueFromPipelineByPropertyName = true, HelpMessage = "The file with the authorities that are trusted, in PEM.")]
    [ValidateNotNullOrEmpty]
    [Alias("Ca")]
    public string? CertificateAuthority { get; set; }

    /// <summary>The file with the certificate that the engine is shown, in PEM.</summary>
    [Parameter(ParameterSetName = EndpointSet, ValueFromPipelineByPropertyName = true, HelpMessage = "The file with the client's certificate, in PEM.")]
    [ValidateNotNullOrEmpty]
    [Alias("Cert")]
    public string? Certificate { get; set; }

    /// <summary>The file with the key of -Certificate, in PEM.</summary>
    [Parameter(ParameterSetName = EndpointSet, ValueFromPipelineByPropertyName = true, HelpMessage = "The file with the key of the certificate, in PEM.")]
    [ValidateNotNullOrEmpty]
    [Alias("Key")]
    public string? CertificateKey { get; set; }

    /// <summary>Uses TLS, but accepts any certificate of the engine: whoever answers is believed.</summary>
    [Parameter(ParameterSetName = EndpointSet, HelpMessage = "Accepts any certificate of the engine.")]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>Lets a name go over from another engine. Cmdlets that work with that one go on.</summary>
    [Parameter(HelpMessage = "Lets a name go over from another engine.")]
    public SwitchParameter Force { get; set; }

    /// <summary>Returns the runtime, and whether it can be used now.</summary>
    [Parameter(HelpMessage = "Returns the runtime, and whether it can be used now.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!ShouldProcess(
            $"runtime '{Name}'", Endpoint is null
                ? $"Register the engine of the Docker context '{Context}'"
                : $"Register the engine at {Endpoint}"))
        {
            return;
        }

        if (SkipCertificateCheck)
        {
            WriteWarning("-SkipCertificateCheck: whoever answers at the address is taken for the engine, and hears what is sent to it.");
        }

        var engine = ZLayerSession.Current.GetEngine(FullRoot);
        try
        {
            engine.RegisterRuntime(new DockerRuntimeOptions { Name = Name, Host = Endpoint, Context = Context, Tls = FindTls() }, Force);
        }
        catch (ZLayerException exception)
        {
            // The next line of a table of engines may be right.
            WriteError(ErrorMapper.ToErrorRecord(exception, Name));
            return;
        }

        if (PassThru)
        {
            RunAsync(
                async (sink, cancellationToken) => await sink.WriteObjectAsync(
                    await engine.Runtimes.Get(Name).DescribeAsync(detailed: false, cancellationToken)));
        }
    }

    private DockerTls? FindTls()
    {
        if (CertificateAuthority is null && Certificate is null && CertificateKey is null && !SkipCertificateCheck)
        {
            return null;
        }

        return new DockerTls
        {
            AuthorityFile = FindFile(CertificateAuthority),
            CertificateFile = FindFile(Certificate),
            KeyFile = FindFile(CertificateKey),
            Verify = !SkipCertificateCheck,
        };
    }

    private string? FindFile(string? path) => path is null ? null : ResolveExistingPaths(path, isLiteral: true)[0];
}
