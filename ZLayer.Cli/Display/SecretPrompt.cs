using System.Text;

namespace ZLayer.Cli.Display;

/// <summary>Asks a person for a name and a secret; the secret is not shown.</summary>
internal static class SecretPrompt
{
    public static string AskName()
    {
        Console.Error.Write("Username: ");
        return Console.ReadLine()?.Trim() ?? "";
    }

    public static string AskSecret()
    {
        Console.Error.Write("Password: ");
        var secret = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                secret.Length = Math.Max(0, secret.Length - 1);
            }
            else if (!char.IsControl(key.KeyChar))
            {
                secret.Append(key.KeyChar);
            }
        }

        Screen.Note("");
        return secret.ToString();
    }
}
