using ZLayer.Cli;

return await Application.RunAsync(args);
