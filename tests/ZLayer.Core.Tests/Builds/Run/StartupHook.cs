using ZLayer.Core.Builds.Run;

/// <summary>
/// Lets a test start this assembly as a process of its own that runs a step, so that it can be killed or be another user's:
/// DOTNET_STARTUP_HOOKS calls Initialize before the (empty) main program. The class's name and lack of a namespace are .NET's rule.
/// </summary>
internal static class StartupHook
{
    public const string DirectoryVariable = "ZLAYER_TEST_STEP_DIRECTORY";
    public const string BaseVariable = "ZLAYER_TEST_STEP_BASE";
    public const string ScriptVariable = "ZLAYER_TEST_STEP_SCRIPT";
    public const string NetworkVariable = "ZLAYER_TEST_STEP_NETWORK";
    public const string UserVariable = "ZLAYER_TEST_STEP_USER";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(DirectoryVariable) is { } directory)
        {
            RunAsync(directory).GetAwaiter().GetResult();
        }
    }

    private static async Task RunAsync(string directory)
    {
        try
        {
            await using var runner = new StepRunner(new StepRunnerOptions { Warning = text => Console.WriteLine($"warning: {text}") });
            var outcome = await runner.RunAsync(
                new StepRequest
                {
                    LowerDirectories = [Environment.GetEnvironmentVariable(BaseVariable)!],
                    WorkDirectory = directory,
                    Arguments = ["/bin/sh", "-c", Environment.GetEnvironmentVariable(ScriptVariable)!],
                    Environment = ["PATH=/bin"],
                    Network = Enum.Parse<StepNetwork>(Environment.GetEnvironmentVariable(NetworkVariable)!),
                    User = Environment.GetEnvironmentVariable(UserVariable) ?? "",
                    Mounts =
                    [
                        new SecretStepMount("/run/secrets/s") { Content = "secret"u8.ToArray(), Uid = 5 },
                        new BindStepMount("/writable") { Sources = [Environment.GetEnvironmentVariable(BaseVariable)!], ReadOnly = false },
                    ],
                },
                new ConsoleProgress());
            Console.WriteLine($"exit: {outcome.ExitCode}");
        }
        catch (ZLayer.Core.Errors.ZLayerException e)
        {
            Console.WriteLine($"error: {e.Message}");
        }
    }

    private sealed class ConsoleProgress : IProgress<StepOutput>
    {
        public void Report(StepOutput value) => Console.WriteLine(value.Line);
    }
}
