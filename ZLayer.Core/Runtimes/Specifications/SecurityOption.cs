using System.Text.Json;
using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Runtimes.Specifications;

/// <summary>
/// Options for <see cref="ContainerSpecification.SecurityOptions"/> as people write them: <c>no-new-privileges</c>,
/// <c>apparmor=PROFILE</c>, <c>label=disable</c>, <c>seccomp=FILE</c>, <c>systempaths=unconfined</c>. A seccomp profile is read here, where
/// the file is, and its content is sent to the engine, which may be another machine.
/// </summary>
public static class SecurityOption
{
    private const int MaximumProfile = 4 * 1024 * 1024;
    private const string Advice = "Write name=value, such as 'apparmor=unconfined' or 'seccomp=./profile.json', or 'no-new-privileges'.";

    private static readonly string[] BuiltInProfiles = ["unconfined", "builtin"];

    /// <summary>An option as the specification holds it.</summary>
    /// <param name="text">The option; <c>:</c> in place of <c>=</c> is an old way to write it.</param>
    /// <param name="baseDirectory">The absolute directory that a profile's relative path begins at.</param>
    /// <param name="cancellationToken">Cancels the reading of a profile.</param>
    /// <exception cref="ZLayerException">
    /// <see cref="ZLayerErrorKind.InvalidArgument"/>: no option, or a profile that is not JSON; <see cref="ZLayerErrorKind.PathNotFound"/>:
    /// no such profile.
    /// </exception>
    public static async Task<string> ReadAsync(string text, string baseDirectory, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        var separator = text.IndexOf('=', StringComparison.Ordinal) is >= 0 and var equals
            ? equals
            : text.IndexOf(':', StringComparison.Ordinal);
        var (name, value) = separator < 0 ? (text, "") : (text[..separator], text[(separator + 1)..]);
        if (name == "no-new-privileges")
        {
            return value is "" or "true" or "false"
                ? text
                : throw Notation.Invalid("security option", text, $"'{value}' is not true or false", Advice);
        }

        if (name.Length == 0 || value.Length == 0)
        {
            throw Notation.Invalid("security option", text, "it has no value", Advice);
        }

        return name == "seccomp" && !BuiltInProfiles.Contains(value)
            ? "seccomp=" + await ReadProfileAsync(text, Path.GetFullPath(value, baseDirectory), cancellationToken).ConfigureAwait(false)
            : $"{name}={value}";
    }

    private static async Task<string> ReadProfileAsync(string text, string path, CancellationToken cancellationToken)
    {
        try
        {
            var content = await BoundedFile.ReadAsync(path, MaximumProfile, cancellationToken).ConfigureAwait(false);
            var profile = CheckedJson.ReadElement(
                content, (why, _) => Notation.Invalid(
                    "security option", text, $"the profile is not JSON: {why}", "Name a seccomp profile in JSON."), maximumSize: MaximumProfile);
            using var compact = new MemoryStream();
            using (var writer = new Utf8JsonWriter(compact))
            {
                profile.WriteTo(writer);
            }

            return System.Text.Encoding.UTF8.GetString(compact.ToArray());
        }
        catch (Exception e) when (SystemErrors.IsSystemError(e))
        {
            var kind = e is FileNotFoundException or DirectoryNotFoundException
                ? ZLayerErrorKind.PathNotFound : SystemErrors.KindOf(SystemErrors.NumberOf(e), isWrite: false);
            throw new ZLayerException(kind, $"The seccomp profile '{path}' cannot be read: {e.Message}", e)
            {
                Subject = path,
                Advice = "Name a file with a seccomp profile in JSON, or 'unconfined'.",
            };
        }
    }
}
