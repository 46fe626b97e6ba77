using ZLayer.Cli;
using ZLayer.Cli.Display;
using ZLayer.Core.Terminals;

StandardDescriptors.Restore();
Screen.Open();
return Screen.Conclude(await Application.RunAsync(args));
