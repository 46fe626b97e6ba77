using ZLayer.Core.Errors;

namespace ZLayer.Cli;

/// <summary>The command line says something that cannot be meant: exit code 2.</summary>
internal sealed class UsageException(string message, string? advice = null) : Exception(AddressRedaction.Redact(message))
{
    public string? Advice { get; } = advice;
}
