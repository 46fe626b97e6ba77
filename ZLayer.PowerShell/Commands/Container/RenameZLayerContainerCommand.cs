using System.Management.Automation;
using ZLayer.Core.Runtimes;
using ZLayer.PowerShell.Completion;
using ZLayer.PowerShell.Pipeline;
using ZLayer.PowerShell.Transformation;

namespace ZLayer.PowerShell.Commands;

/// <summary>Gives a container another name.</summary>
/// <remarks>
/// <para>The container keeps its id, and goes on running. Objects that were made before the renaming still mean it.</para>
/// </remarks>
/// <example>
/// <summary>Keep the old server while a new one is tried</summary>
/// <code>Rename-ZLayerContainer web web-old</code>
/// </example>
/// <seealso href="https://github.com/opencontainers/runtime-spec/blob/main/runtime.md">OCI runtime specification</seealso>
/// <seealso cref="GetZLayerContainerCommand"/>
[Cmdlet(VerbsCommon.Rename, "ZLayerContainer", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low)]
[OutputType(typeof(ContainerInfo))]
public sealed class RenameZLayerContainerCommand : ContainerCmdlet
{
    /// <summary>The container: its name, its id or the beginning of it, or a container object.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, HelpMessage = "The container: its name, its id or the beginning of it, or a container object.")]
    [Alias("Id", "InputObject")]
    [ValidateNotNull]
    [ContainerIdentity]
    [ArgumentCompleter(typeof(ContainerNameCompleter))]
    public ContainerIdentity? Name { get; set; }

    /// <summary>The new name: letters, digits, '_', '.' and '-'.</summary>
    [Parameter(Mandatory = true, Position = 1, HelpMessage = "The new name: letters, digits, '_', '.' and '-'.")]
    [ValidateNotNullOrEmpty]
    public string NewName { get; set; } = "";

    /// <summary>Returns the container as it is afterwards.</summary>
    [Parameter(HelpMessage = "Returns the container as it is afterwards.")]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override Task ProcessRecordAsync(IPipelineSink sink, CancellationToken cancellationToken)
        => GuardAsync(sink, Name!, async () =>
        {
            var target = await ContainerSelection.FindOneAsync(Runtimes, Name!, cancellationToken);
            if (!await sink.ShouldProcessAsync(target.Description, $"Rename to '{NewName}'"))
            {
                return;
            }

            await target.Runtime.RenameContainerAsync(target.Id, NewName, cancellationToken);
            if (PassThru)
            {
                await target.WriteAsync(sink, cancellationToken);
            }
        });
}
