namespace ZLayer.PowerShell;
