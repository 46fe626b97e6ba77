using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Builds.Files;

/// <summary>
/// A user name and a password for one server. git asks a helper for them, which has them from its environment: they are in nobody's
/// arguments and in no file, and git gives them to that server alone, whatever redirects and submodules say.
/// </summary>
/// <param name="User">The user name, or a token.</param>
/// <param name="Password">The password; empty where the name is all.</param>
internal sealed record GitCredentials(string User, string Password)
{
    private const string UserVariable = "ZLAYER_GIT_USER";
    private const string PasswordVariable = "ZLAYER_GIT_PASSWORD";

    // printf is part of every shell, so that no program is started with the words of it.
    private const string Helper
        = $"!f() {{ test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \"${UserVariable}\" \"${PasswordVariable}\"; }}; f";

    /// <summary>Reads user information of an address, in which characters may be percent-encoded.</summary>
    /// <exception cref="ZLayerException">BuildStepInvalid: git could not read it from a helper.</exception>
    public static GitCredentials Read(string user, string password, SourceLocation location)
    {
        var read = new GitCredentials(Uri.UnescapeDataString(user), Uri.UnescapeDataString(password));
        return !read.User.Any(char.IsControl) && !read.Password.Any(char.IsControl)
            ? read
            : throw new ZLayerException(
                ZLayerErrorKind.BuildStepInvalid, $"The user name or password of a git repository has a control character ({location}).")
            {
                Subject = location.ToString(),
            };
    }

    /// <summary>An address with the credentials in it, to be redacted.</summary>
    public string InAddress(string remote)
        => remote.Insert(remote.IndexOf("://", StringComparison.Ordinal) + 3, (Password.Length > 0 ? "user:password" : "user") + "@");

    /// <summary>The setting that has git ask for them at the server of an http address.</summary>
    public static string SettingFor(string remote)
    {
        var path = remote.IndexOf('/', remote.IndexOf("://", StringComparison.Ordinal) + 3);
        return $"credential.{(path < 0 ? remote : remote[..path])}.helper={Helper}";
    }

    /// <summary>Adds what the helper gives.</summary>
    public void AddTo(IDictionary<string, string?> environment)
    {
        environment[UserVariable] = User;
        environment[PasswordVariable] = Password;
    }

    /// <inheritdoc/>
    public override string ToString() => "credentials";
}
