using System.Management.Automation;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Creates a container without starting it.</summary>
/// <remarks>
/// <para>
/// Start-ZLayerContainer starts it. An image that the runtime does not hold is pulled, as -PullPolicy says. What the runtime cannot apply
/// is an error: no setting is dropped.
/// </para>
/// <para>
/// Write -- before the command, so that PowerShell does not take its options for parameters: everything behind it goes to the process as it
/// is, without a shell. Quote '-p:Name=Value', which PowerShell would split.
/// </para>
/// <para>Settings without a parameter of their own go into -Specification.</para>
/// </remarks>
/// <example>
/// <summary>Create a web server</summary>
/// <code>New-ZLayerContainer nginx:1.27 -Name web -Port 8080:80 -Mount ./site:/usr/share/nginx/html:ro -RestartPolicy unless-stopped</code>
/// </example>
/// <example>
/// <summary>Create a container with a command and limits</summary>
/// <code>New-ZLayerContainer busybox -Memory 64MB -CpuCount 0.5 -Environment @{ MODE = 'test' } -- sh -c 'echo $MODE'</code>
/// </example>
/// <example>
/// <summary>Keep the settings in a hashtable</summary>
/// <code>$settings = @{ Image = 'nginx:1.27'; Name = 'web'; Port = '8080:80'; Label = @{ app = 'shop' } }
/// New-ZLayerContainer -Specification $settings</code>
/// </example>
/// <example>
/// <summary>Create a container of the image that was just built</summary>
/// <code>Invoke-ZLayerBuild ./web -Tag app:dev | New-ZLayerContainer -Name app -Port 8080:80 -- serve --verbose</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/config.md">OCI runtime specification: configuration</seealso>
/// <seealso cref="StartZLayerContainerCommand"/>
[Cmdlet(VerbsCommon.New, "ZLayerContainer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ImageSet)]
[OutputType(typeof(ContainerInfo))]
public sealed class NewZLayerContainerCommand : ContainerCreationCmdlet
{
    /// <summary>The name of the container; without it the runtime chooses one.</summary>
    [Parameter(HelpMessage = "The name of the container; without it the runtime chooses one.")]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <summary>
    /// The image, from the pipeline: an image object, the result of a build or a push, a name. All arguments belong to the command then.
    /// </summary>
    [Parameter(ParameterSetName = ImageSet, ValueFromPipeline = true, HelpMessage = "The image, from the pipeline: an image object, the result of a build or a push, a name.")]
    [ValidateNotNull]
    [ImageIdentity(WholeImages = true)]
    public ImageIdentity? InputObject { get; set; }

    /// <summary>Removes the container, with its anonymous volumes, when it ends.</summary>
    [Parameter(ParameterSetName = ImageSet, HelpMessage = "Removes the container, with its anonymous volumes, when it ends.")]
    [Alias("Remove")]
    public SwitchParameter AutoRemove { get; set; }

    private protected override string? NewName => Name;

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        PrepareSpecification();
        base.ProcessRecord();
    }

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => WithImageAsync(InputObject, sink, () => CreateOneAsync(sink, cancellationToken));

    private async Task CreateOneAsync(IPipelineSink sink, CancellationToken cancellationToken)
    {
        var specification = await ReadSpecificationAsync(cancellationToken);
        specification = specification with { AutoRemove = specification.AutoRemove || AutoRemove };
        if (await sink.ShouldProcessAsync(Describe(specification), "Create"))
        {
            var target = await CreateAsync(specification, sink, cancellationToken);
            await target.WriteAsync(sink, cancellationToken);
        }
    }
}
