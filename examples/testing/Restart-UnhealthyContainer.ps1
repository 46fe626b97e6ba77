<#
.SYNOPSIS
    Restarts the containers whose health check fails, and returns their names.
#>
[CmdletBinding(SupportsShouldProcess)]
param([string] $Name = '*')

foreach ($container in Get-ZLayerContainer $Name -State Running | Where-Object Health -EQ Unhealthy) {
    if ($PSCmdlet.ShouldProcess($container.Name, 'Restart')) {
        Restart-ZLayerContainer $container
        $container.Name
    }
}
