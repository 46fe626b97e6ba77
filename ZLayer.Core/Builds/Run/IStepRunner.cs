namespace ZLayer.Core.Builds.Run;

/// <summary>Executes one RUN step: a process in a root file system stacked from layers, whose changes become a directory.</summary>
internal interface IStepRunner : IAsyncDisposable
{
    /// <summary>Runs the step to its end.</summary>
    /// <param name="request">What to run, on which layers, with which mounts.</param>
    /// <param name="output">
    /// Receives what the process prints, a line at a time, called synchronously and never by two threads at once.
    /// </param>
    /// <param name="cancellationToken">Kills every process of the step; nothing of it stays behind.</param>
    /// <returns>The exit code, whatever it is, and the directory with the changes.</returns>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.BuilderUnavailable"/>: no OCI runtime, or another program that the step needs, is installed;
    /// <see cref="Errors.ZLayerErrorKind.OperationNotSupported"/>: the machine cannot run the platform, or the kernel refuses the mounts;
    /// <see cref="Errors.ZLayerErrorKind.BuildStepInvalid"/>: the user, a device or a mount of the request does not exist.
    /// </exception>
    Task<StepOutcome> RunAsync(StepRequest request, IProgress<StepOutput> output, CancellationToken cancellationToken = default);

    /// <summary>Gives a directory of this machine, but nothing in it, an owner as steps see it.</summary>
    /// <param name="directory">The directory; not a link.</param>
    /// <param name="uid">The user id in steps.</param>
    /// <param name="gid">The group id in steps.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="Errors.ZLayerException">
    /// <see cref="Errors.ZLayerErrorKind.OperationNotSupported"/>: steps have no such user.
    /// </exception>
    Task ChangeOwnerAsync(string directory, uint uid, uint gid, CancellationToken cancellationToken = default);
}
