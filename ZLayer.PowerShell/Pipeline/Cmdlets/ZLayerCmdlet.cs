using System.Management.Automation;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Pipeline;

/// <summary>The base of all cmdlets: the data root, paths of the file system, errors.</summary>
public abstract class ZLayerCmdlet : PSCmdlet
{
    /// <summary>
    /// The data root: the directory that holds images and caches. Without it ZLAYER_HOME, else the platform's place for data. The root of a
    /// piped object wins over it.
    /// </summary>
    [Parameter(HelpMessage = "The data root: the directory that holds images and caches.")]
    [ValidateNotNullOrEmpty]
    public string? Root { get; set; }

    /// <summary>The full path of -Root; null without it.</summary>
    private protected string? FullRoot
    {
        get
        {
            try
            {
                return Root is null ? null : ResolveNewPath(Root);
            }
            catch (ZLayerException exception)
            {
                ThrowTerminatingError(ErrorMapper.ToErrorRecord(exception, Root));
                throw;
            }
        }
    }

    /// <summary>As PowerShell's own; what is asked and shown quotes names that others made, and is made fit for a display.</summary>
    /// <param name="target">What would be changed.</param>
    /// <param name="action">What would be done to it.</param>
    private protected new bool ShouldProcess(string? target, string action)
        => base.ShouldProcess(DisplayText.Line(target), DisplayText.Line(action));

    /// <summary>As PowerShell's own; see <see cref="ShouldProcess(string, string)"/>.</summary>
    /// <param name="description">What -WhatIf shows, of several lines.</param>
    /// <param name="query">The question.</param>
    /// <param name="caption">Its title.</param>
    private protected new bool ShouldProcess(string description, string query, string caption)
        => base.ShouldProcess(DisplayText.Lines(description), DisplayText.Line(query), DisplayText.Line(caption));

    /// <summary>As PowerShell's own; records are shown as <see cref="OutputValue"/> has it.</summary>
    /// <param name="result">The result.</param>
    private protected new void WriteObject(object? result) => base.WriteObject(OutputValue.OfResult(result));

    /// <summary>The full path of a file or directory that need not exist.</summary>
    /// <param name="path">A path of PowerShell: relative to the current location, with drives.</param>
    /// <exception cref="ZLayerException">InvalidArgument: it is not of the file system.</exception>
    private protected string ResolveNewPath(string path)
    {
        var resolved = SessionState.Path.GetUnresolvedProviderPathFromPSPath(path, out var provider, out _);
        EnsureFileSystem(path, provider);
        return resolved;
    }

    /// <summary>The full paths of existing files and directories.</summary>
    /// <param name="path">A path of PowerShell.</param>
    /// <param name="isLiteral">True when wildcards are plain characters.</param>
    /// <exception cref="ZLayerException">PathNotFound, or InvalidArgument when it is not of the file system.</exception>
    private protected IReadOnlyList<string> ResolveExistingPaths(string path, bool isLiteral)
    {
        if (isLiteral || !WildcardPattern.ContainsWildcardCharacters(path))
        {
            var resolved = ResolveNewPath(path);
            return Path.Exists(resolved) ? [resolved] : throw NotFound(path);
        }

        try
        {
            var found = GetResolvedProviderPathFromPSPath(path, out var provider);
            EnsureFileSystem(path, provider);
            return [.. found];
        }
        catch (ItemNotFoundException)
        {
            throw NotFound(path);
        }
    }

    private static ZLayerException NotFound(string path)
        => new(ZLayerErrorKind.PathNotFound, $"'{path}' does not exist.") { Subject = path };

    private static void EnsureFileSystem(string path, ProviderInfo provider)
    {
        if (provider.Name != "FileSystem")
        {
            throw new ZLayerException(
                ZLayerErrorKind.InvalidArgument, $"'{path}' is of the provider {provider.Name}, not a path of the file system.")
            {
                Subject = path,
            };
        }
    }
}
