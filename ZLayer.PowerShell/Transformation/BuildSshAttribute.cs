using System.Collections;
using System.Management.Automation;
using ZLayer.Core.Builds;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes <c>default</c>, <c>id=path</c>, <c>id=path,path</c> and <c>@{ id = 'path' }</c>; a path is an agent's socket or a key.
/// </summary>
public sealed class BuildSshAttribute : ValueTransformationAttribute<BuildSsh>
{
    private protected override BuildSsh Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text when text.Length > 0 => Parse(text, engine),
        IDictionary { Count: 1 } table => Make($"{table.Keys.Cast<object>().First()}", $"{table.Values.Cast<object>().First()}", engine),
        _ => throw Refuse(input, "'default', 'id=socket-or-key' or @{ id = 'socket-or-key' }"),
    };

    private static BuildSsh Parse(string text, EngineIntrinsics engine)
    {
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? new BuildSsh(text, []) : Make(text[..equals], text[(equals + 1)..], engine);
    }

    private static BuildSsh Make(string id, string paths, EngineIntrinsics engine)
        => new(id, [.. paths.Split(',', StringSplitOptions.RemoveEmptyEntries)
            .Select(path => engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path))]);
}
