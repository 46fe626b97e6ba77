using ZLayer.Core.Builds.Run;

/// <summary>
/// Lets a test start this assembly as a process of its own that runs a step, so that it can be killed: DOTNET_STARTUP_HOOKS calls
/// Initialize before the (empty) main program. The class's name and lack of a namespace are .NET's rule.
/// </summary>
internal static class StartupHook
{
    public const string DirectoryVariable = "ZLAYER_TEST_STEP_DIRECTORY";
    public const string BaseVariable = "ZLAYER_TEST_STEP_BASE";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(DirectoryVariable) is not { } directory)
        {
            return;
        }

        var runner = new StepRunner(new StepRunnerOptions());
        runner.RunAsync(
            new StepRequest
            {
                LowerDirectories = [Environment.GetEnvironmentVariable(BaseVariable)!],
                WorkDirectory = directory,
                Arguments = ["/bin/sh", "-c", "sleep 7771 & echo started; sleep 7772"],
                Environment = ["PATH=/bin"],
                Network = StepNetwork.Default,
            },
            new ConsoleProgress()).GetAwaiter().GetResult();
    }

    private sealed class ConsoleProgress : IProgress<StepOutput>
    {
        public void Report(StepOutput value) => Console.WriteLine(value.Line);
    }
}
