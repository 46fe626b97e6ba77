using System.Globalization;

namespace ZLayer.PowerShell;

/// <summary>How the views write one property of an object: <c>[ZLayer.PowerShell.Shown]::Size[$_, 'Size']</c>.</summary>
public sealed class ShownProperty
{
    private readonly Func<object?, string> _write;

    internal ShownProperty(Func<object?, string> write) => _write = write;

    /// <summary>The text of a property; of none, that of null.</summary>
    /// <param name="source">The object, or what became of it in a job or a file.</param>
    /// <param name="path">The property, or properties of properties with dots between.</param>
    public string this[object source, string path] => _write(Row.Of(source).Value(path));
}

/// <summary>How the views write what takes several properties of an object: <c>[ZLayer.PowerShell.Shown]::State[$_]</c>.</summary>
public sealed class ShownObject
{
    private readonly Func<Row, string> _write;

    internal ShownObject(Func<Row, string> write) => _write = write;

    /// <summary>The text.</summary>
    /// <param name="source">The object, or what became of it in a job or a file.</param>
    public string this[object source] => _write(Row.Of(source));
}

/// <summary>
/// What the views write. In constrained language a view may read properties and call no method of ours, so that each of these is an indexed
/// property. They read the objects by the names of their properties: those that come from jobs and files have no others.
/// </summary>
public static class Shown
{
    private const string Red = "\u001B[31m";
    private const string Green = "\u001B[32m";
    private const string Yellow = "\u001B[33m";
    private const string Reset = "\u001B[0m";

    /// <summary>Anything on one line, fit for a display: of a list its elements, of a dictionary its pairs.</summary>
    public static ShownProperty Line { get; } = new(value => Quantity.OneLine(Row.Text(value)));

    /// <summary>A list of words with spaces between, as a command is written.</summary>
    public static ShownProperty Words { get; } = new(value => Quantity.OneLine(Row.Join(" ", Row.Elements(value))));

    /// <summary>The keys of a dictionary.</summary>
    public static ShownProperty Keys { get; } = new(value => Quantity.OneLine(Row.Join(", ", Row.Pairs(value).Select(pair => pair.Key))));

    /// <summary>How many elements a list has.</summary>
    public static ShownProperty Count { get; } = new(value => Row.Elements(value).Count().ToString(CultureInfo.CurrentCulture));

    /// <summary>The text that a build step or a process printed, with its colours.</summary>
    public static ShownProperty Printable { get; } = new(value => Quantity.Printable(Row.Text(value)));

    /// <summary>A line that a process printed, as a terminal shows it.</summary>
    public static ShownProperty Output { get; } = new(value => Quantity.Output(Row.Text(value).Split('\n', 2)[0]));

    /// <summary>Bytes with a unit; empty for null.</summary>
    public static ShownProperty Size { get; } = new(value => value is null ? "" : Quantity.Size(Row.Number(value)));

    /// <summary>A duration; empty for null.</summary>
    public static ShownProperty Duration { get; } = new(value => value is TimeSpan duration ? Quantity.Duration(duration) : "");

    /// <summary>How long ago something was; empty for null.</summary>
    public static ShownProperty Age { get; } = new(Quantity.Age);

    /// <summary>A time on this machine's clock, to the minute; empty for null.</summary>
    public static ShownProperty Minute { get; } = new(value => Quantity.Local(value, "g"));

    /// <summary>A time with its distance from UTC; empty for null.</summary>
    public static ShownProperty Time { get; } = new(Quantity.Time);

    /// <summary>A time on this machine's clock, to the millisecond, as logs have it; empty for null.</summary>
    public static ShownProperty Instant { get; } = new(value => Quantity.Local(value, "yyyy-MM-dd HH:mm:ss.fff"));

    /// <summary>The first 12 characters of a digest's hexadecimal part; empty for none.</summary>
    public static ShownProperty Digest { get; } = new(value => Quantity.ShortDigest(Row.Text(value)));

    /// <summary>Names of images as people write them.</summary>
    public static ShownProperty Names { get; } = new(value => Quantity.OneLine(Row.Join(", ", Row.Elements(value).Select(Quantity.Name))));

    /// <summary>A share with two decimals.</summary>
    public static ShownProperty Percent { get; }
        = new(value => Convert.ToDouble(value, CultureInfo.InvariantCulture).ToString("0.00", CultureInfo.CurrentCulture));

    /// <summary>A star for true.</summary>
    public static ShownProperty Star { get; } = new(value => value is true ? "*" : "");

    /// <summary>True in green, False in red.</summary>
    public static ShownProperty Available { get; } = new(value => value is true ? Green + "True" + Reset : Red + "False" + Reset);

    /// <summary>An exit code: red unless it is 0.</summary>
    public static ShownProperty ExitCode { get; }
        = new(value => Row.Text(value) is var code && code is "" or "0" ? code : Red + code + Reset);

    /// <summary>The letter of a kind of change: added ones are green, deleted ones red.</summary>
    public static ShownProperty Change { get; } = new(value => Row.Text(value) switch
    {
        ['A', ..] => Green + "A" + Reset,
        ['D', ..] => Red + "D" + Reset,
        var kind => kind[..1],
    });

    /// <summary>Whose media type an index has.</summary>
    public static ShownProperty Format { get; }
        = new(value => Row.Text(value).Contains("docker", StringComparison.OrdinalIgnoreCase) ? "Docker" : "OCI");

    /// <summary>The state of a container with its health or exit code, coloured by how well it is.</summary>
    public static ShownObject State { get; } = new(container =>
    {
        var (state, health, code) = (container["State"], container["Health"], container["ExitCode"]);
        var colour = state switch
        {
            "Running" => health == "Unhealthy" ? Red : Green,
            "Exited" => code is "" or "0" ? "" : Red,
            "Dead" => Red,
            "Created" => "",
            _ => Yellow,
        };
        var text = state switch
        {
            "Running" when health is not ("None" or "") => $"{state} ({health.ToLowerInvariant()})",
            "Exited" when code.Length > 0 => $"{state} ({code})",
            _ => state,
        };
        return colour.Length > 0 ? colour + text + Reset : text;
    });

    /// <summary>The health of a container with what its last check printed.</summary>
    public static ShownObject Health { get; } = new(container => Quantity.OneLine(container.Value("HealthDetail") is null
        ? container["Health"]
        : $"{container["HealthDetail.Status"]}, failing streak {container["HealthDetail.FailingStreak"]}: "
            + Quantity.Output(container["HealthDetail.LastOutput"])));

    /// <summary>The image of a container: an identifier in its short form.</summary>
    public static ShownObject Image { get; } = new(container => container["Image"] is var image && IsIdentifier(image)
        ? Quantity.ShortDigest(image)
        : Quantity.OneLine(image));

    /// <summary>Published ports in short: without the IPv6 twins, without the address that means every one.</summary>
    public static ShownObject Ports { get; } = new(container => Quantity.OneLine(Row.Join(", ", container.Rows("Ports")
        .Where(port => !port["HostIP"].Contains(':', StringComparison.Ordinal))
        .Select(port => port["HostPort"] is { Length: > 0 } published && port["HostIP"] == "0.0.0.0"
            ? $"{published}->{port["ContainerPort"]}/{port["Protocol"]}"
            : port.ToString()))));

    /// <summary>The networks of a container with its addresses.</summary>
    public static ShownObject Networks { get; } = new(container => Quantity.OneLine(Row.Join(", ", container.Rows("NetworkAttachments")
        .Select(network => network["IPv4"] is { Length: > 0 } address ? $"{network["Network"]} ({address})" : network["Network"]))));

    /// <summary>Why a wait ended, or what it waits for.</summary>
    public static ShownObject WaitReason { get; }
        = new(result => Quantity.OneLine(result["Reason"] is { Length: > 0 } reason ? reason : result["Condition"]));

    /// <summary>Memory in use and its limit.</summary>
    public static ShownObject Memory { get; } = new(sample => Row.Number(sample.Value("MemoryLimit")) is > 0 and var limit
        ? Size[sample, "MemoryUsed"] + "/" + Quantity.Size(limit)
        : Size[sample, "MemoryUsed"]);

    /// <summary>Bytes received and sent.</summary>
    public static ShownObject Network { get; } = new(sample => Size[sample, "NetworkReceived"] + "/" + Size[sample, "NetworkSent"]);

    /// <summary>Bytes read and written.</summary>
    public static ShownObject Block { get; } = new(sample => Size[sample, "BlockRead"] + "/" + Size[sample, "BlockWritten"]);

    /// <summary>The length of a file; a directory has none.</summary>
    public static ShownObject ItemLength { get; } = new(item => item["Mode"].StartsWith('d') ? "" : item["Length"]);

    /// <summary>The name of a file, and where a link leads.</summary>
    public static ShownObject ItemName { get; } = new(item => item["LinkTarget"] is { Length: > 0 } target
        ? Quantity.OneLine(item["Name"]) + " -> " + Quantity.OneLine(target)
        : Quantity.OneLine(item["Name"]));

    /// <summary>The version of control groups and who drives them.</summary>
    public static ShownObject Cgroups { get; } = new(runtime => runtime.Value("Host") is null
        ? ""
        : Quantity.OneLine($"version {runtime["Host.CgroupVersion"]}, {runtime["Host.CgroupDriver"]}"));

    /// <summary>How many containers a runtime has, and in which states.</summary>
    public static ShownObject Containers { get; } = new(runtime => runtime.Value("Host") is null
        ? ""
        : Quantity.OneLine($"{runtime["Host.Containers"]} ({runtime["Host.ContainersRunning"]} running, "
            + $"{runtime["Host.ContainersPaused"]} paused, {runtime["Host.ContainersStopped"]} stopped)"));

    /// <summary>The name of what an event is about, or its short identifier.</summary>
    public static ShownObject EventName { get; } = new(happened => happened["Name"] is { Length: > 0 } name
        ? Quantity.OneLine(name)
        : Quantity.ShortDigest(happened["Id"]));

    /// <summary>The attributes of an event besides the name.</summary>
    public static ShownObject EventAttributes { get; } = new(happened => Quantity.OneLine(Row.Join(", ", Row.Pairs(happened.Value("Attributes"))
        .Where(pair => pair.Key != "name")
        .Select(pair => pair.Key + "=" + pair.Value))));

    /// <summary>The platform of an image, and how many more it has.</summary>
    public static ShownObject Platform { get; } = new(image => Row.Elements(image.Value("Platforms")).Count() is > 1 and var count
        ? Quantity.OneLine(string.Create(CultureInfo.InvariantCulture, $"{image["Platform"]} (+{count - 1})"))
        : Quantity.OneLine(image["Platform"]));

    /// <summary>The layers of an image with their sizes.</summary>
    public static ShownObject Layers { get; }
        = new(image => Row.Join(", ", image.Rows("Layers").Select(layer => Digest[layer, "Digest"] + " " + Size[layer, "Size"])));

    /// <summary>How many steps came from the cache, of how many that can.</summary>
    public static ShownObject Cached { get; } = new(build => build["CacheHits"] + "/" + build["CacheableSteps"]);

    /// <summary>The stages of a build with their platforms.</summary>
    public static ShownObject Stages { get; } = new(build => Quantity.OneLine(Row.Join(", ", build.Rows("Stages")
        .Select(stage => stage["Name"] + " " + stage["Platform"]))));

    /// <summary>How far a transfer is.</summary>
    public static ShownObject Progress { get; } = new(transfer => Quantity.Progress(
        Row.Number(transfer.Value("Current")),
        transfer.Value("Total") is { } total ? Row.Number(total) : null));

    /// <summary>The entries of an index, a line for each.</summary>
    public static ShownObject Entries { get; } = new(index => Row.Join(Environment.NewLine, index.Rows("Entries").Select(entry => Quantity.OneLine(
        $"{entry["Platform"],-20} {entry["Digest"]} {entry["MediaType"]} "
        + (entry.Value("IsLocal") is true ? "(here)" : entry["Source"] is { Length: > 0 } source ? $"({source})" : "")))));

    /// <summary>An event of a build as the line that it is.</summary>
    public static ShownObject Event { get; } = new(happened => Quantity.Printable(happened.ToString()));

    private static bool IsIdentifier(string image)
        => image[(image.StartsWith("sha256:", StringComparison.Ordinal) ? 7 : 0)..] is { Length: 64 } hex
            && hex.All(char.IsAsciiHexDigitLower);
}
