using System.Collections;
using System.Management.Automation;
using System.Net;
using System.Security;
using System.Text;
using ZLayer.Core;
using ZLayer.Core.Builds;
using ZLayer.Core.Errors;

namespace ZLayer.PowerShell.Transformation;

/// <summary>
/// Takes <c>@{ id = 'x'; Path = 'file' }</c>, <c>@{ id = 'x'; Value = $secureString }</c>, <c>@{ id = 'x'; Env = 'NAME' }</c> and the texts
/// <c>id=x,src=file</c> and <c>id=x,env=NAME</c>.
/// </summary>
public sealed class BuildSecretAttribute : ValueTransformationAttribute<BuildSecret>
{
    private const string Advice = "Write @{ id = 'name'; Path = 'file' } (or Value, or Env), 'id=name,src=file' or 'id=name,env=NAME'.";

    private protected override BuildSecret Convert(object input, PSObject wrapped, EngineIntrinsics engine) => input switch
    {
        string text => Make(Fields(text), engine),
        IDictionary table => Make(Fields(table), engine),
        _ when wrapped.BaseObject is PSCustomObject => Make(Fields(wrapped), engine),
        _ => throw new ZLayerException(ZLayerErrorKind.InvalidArgument, $"A value of type {input.GetType().Name} is not a build secret.")
        {
            Advice = Advice,
        },
    };

    private static Dictionary<string, object?> Fields(string text)
    {
        var fields = new Dictionary<string, object?>(StringComparer.OrdinalIgnoreCase);
        foreach (var field in text.Split(','))
        {
            var equals = field.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw Invalid($"'{field}' is not key=value");
            }

            fields[field[..equals].Trim()] = field[(equals + 1)..];
        }

        return fields;
    }

    private static Dictionary<string, object?> Fields(IDictionary table)
        => table.Cast<DictionaryEntry>().ToDictionary(
            entry => $"{entry.Key}", entry => entry.Value is PSObject wrapper
                ? wrapper.BaseObject
                : entry.Value, StringComparer.OrdinalIgnoreCase);

    private static Dictionary<string, object?> Fields(PSObject bag)
        => bag.Properties.ToDictionary(property => property.Name, property => property.Value, StringComparer.OrdinalIgnoreCase)!;

    private static BuildSecret Make(Dictionary<string, object?> fields, EngineIntrinsics engine)
    {
        var id = Take(fields, "id") as string;
        var path = (Take(fields, "path") ?? Take(fields, "src") ?? Take(fields, "source")) as string;
        var variable = (Take(fields, "env") ?? Take(fields, "environment")) as string;
        var value = Take(fields, "value");
        if (Take(fields, "type") is string type && type is not ("file" or "env"))
        {
            throw Invalid($"type '{type}' is unknown");
        }

        if (fields.Count > 0)
        {
            throw Invalid($"'{fields.Keys.First()}' is unknown");
        }

        id ??= path is null ? variable : System.IO.Path.GetFileName(path);
        if (string.IsNullOrEmpty(id))
        {
            throw Invalid("it has no id");
        }

        if (new[] { path, variable, value }.Count(source => source is not null) > 1)
        {
            throw Invalid("it has more than one of Path, Value and Env");
        }

        // Docker's rule: an id alone names an environment variable.
        return path is not null ? BuildSecret.FromFile(id, engine.SessionState.Path.GetUnresolvedProviderPathFromPSPath(path))
            : value is not null ? BuildSecret.FromBytes(id, Bytes(value))
            : BuildSecret.FromEnvironment(id, variable ?? id, ZLayerEngineOptions.FromEnvironment().Environment);
    }

    private static byte[] Bytes(object value) => value switch
    {
        SecureString secret => Encoding.UTF8.GetBytes(new NetworkCredential("", secret).Password),
        byte[] bytes => bytes,
        string text => Encoding.UTF8.GetBytes(text),
        _ => throw Invalid("Value is neither SecureString nor byte[]"),
    };

    private static object? Take(Dictionary<string, object?> fields, string name) => fields.Remove(name, out var value) ? value : null;

    // The input is not part of the message: it may hold the secret.
    private static ZLayerException Invalid(string why)
        => new(ZLayerErrorKind.InvalidArgument, $"The build secret cannot be used: {why}.") { Advice = Advice };
}
