using ZLayer.Core.Builds;

namespace ZLayer.Cli.Arguments;

/// <summary>
/// <c>--secret id=ID,src=FILE</c> or <c>id=ID,env=VARIABLE</c>; with neither, a variable of that name, else a file of that name.
/// </summary>
internal static class SecretArgument
{
    public static BuildSecret Parse(string text, IReadOnlyDictionary<string, string> environment)
    {
        var fields = KeyValues.Parse("--secret", KeyValues.SplitList(text));
        var source = fields.GetValueOrDefault("src") ?? fields.GetValueOrDefault("source");
        var variable = fields.GetValueOrDefault("env");
        var type = fields.GetValueOrDefault("type");
        if (fields.Keys.FirstOrDefault(key => key is not ("id" or "src" or "source" or "env" or "type")) is { } unknown)
        {
            throw new UsageException($"--secret {text}: unknown key '{unknown}'.", "Use id, src or env.");
        }

        if (!fields.TryGetValue("id", out var id) || id.Length == 0)
        {
            throw new UsageException($"--secret {text}: the id is missing.", "Write id=ID,src=FILE or id=ID,env=VARIABLE.");
        }

        if ((source is not null && variable is not null) || type is not (null or "file" or "env"))
        {
            throw new UsageException($"--secret {text}: give either src=FILE or env=VARIABLE.");
        }

        if (variable is not null || type == "env" || (source is null && type is null && environment.ContainsKey(id)))
        {
            return Values.Read(() => BuildSecret.FromEnvironment(id, variable ?? source ?? id, environment));
        }

        return BuildSecret.FromFile(id, Path.GetFullPath(source ?? id));
    }
}
