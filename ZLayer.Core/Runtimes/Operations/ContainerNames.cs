using ZLayer.Core.Errors;

namespace ZLayer.Core.Runtimes.Operations;

/// <summary>Names containers in errors: they are worked on by their ids, which nobody knows them by.</summary>
public static class ContainerNames
{
    /// <summary>What failed, with the name where it has the id; the same where it has none.</summary>
    /// <param name="failure">What failed.</param>
    /// <param name="id">The container's id.</param>
    /// <param name="name">Its name.</param>
    public static Exception Named(this Exception failure, string id, string name)
        => failure is ZLayerException error && id != name && error.Message.Contains(id, StringComparison.Ordinal)
            ? new ZLayerException(error.Kind, error.Message.Replace(id, name, StringComparison.Ordinal), error)
            {
                Subject = error.Subject == id ? name : error.Subject,
                AdviceWords = error.AdviceWords?.Replace(id, name, StringComparison.Ordinal),
                Details = error.Details,
                ExitCode = error.ExitCode,
                RetryAfter = error.RetryAfter,
            }
            : failure;
}
