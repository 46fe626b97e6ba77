using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Errors;

public sealed class AddressRedactionTests
{
    [Theory]
    [InlineData("https://user:secret@host/x", "https://xxxxx:xxxxx@host/x")]
    [InlineData("https://secret@host/x", "https://xxxxx@host/x")]
    [InlineData("https://:secret@host", "https://xxxxx:xxxxx@host")]
    [InlineData("https://user:@host", "https://xxxxx:xxxxx@host")]
    [InlineData("https://user:sec@ret@host/x@y", "https://xxxxx:xxxxx@host/x@y")]
    [InlineData("https://user:sec/ret@host/x", "https://xxxxx:xxxxx@host/x")]
    [InlineData("https://user:sec?ret#x@host/x", "https://xxxxx:xxxxx@host/x")]
    [InlineData("HTTP://user:secret@host/x", "HTTP://xxxxx:xxxxx@host/x")]
    [InlineData("git+https://secret@host/x", "git+https://xxxxx@host/x")]
    [InlineData("ssh://git@host/x", "ssh://git@host/x")]
    [InlineData("ssh://git:secret@host/x", "ssh://xxxxx:xxxxx@host/x")]
    [InlineData("ADD [\"https://user:secret@host/x\", \"/\"]", "ADD [\"https://xxxxx:xxxxx@host/x\", \"/\"]")]
    [InlineData("a https://u:secret@h/x b http://u:secret@i/y c", "a https://xxxxx:xxxxx@h/x b http://xxxxx:xxxxx@i/y c")]
    [InlineData("ADD https://${USER}:${TOKEN}@host/x /", "ADD https://xxxxx:xxxxx@host/x /")]
    [InlineData("${REPO:-https://u:secret@h}/x", "${REPO:-https://xxxxx:xxxxx@h}/x")]
    [InlineData("remote 'https://u:secret@h/x' not found", "remote 'https://xxxxx:xxxxx@h/x' not found")]
    public void Credentials_in_addresses_are_masked(string text, string shown)
    {
        Assert.Equal(shown, AddressRedaction.Redact(text));
        Assert.Equal(shown, AddressRedaction.Redact(shown));
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://host/@scope/package")]
    [InlineData("https://host:8080/@scope/package")]
    [InlineData("https://[::1]:8080/@scope")]
    [InlineData("https://host:${PORT}/@scope")]
    [InlineData("https://host/x?mail=me@example.com")]
    [InlineData("mail me@example.com about https://host/x")]
    [InlineData("git@github.com:moby/buildkit.git")]
    [InlineData("docker-image://alpine:3@sha256:0123456789abcdef")]
    [InlineData("docker-image://host:5000/name:tag@sha256:0123456789abcdef")]
    [InlineData("://")]
    [InlineData("x://@")]
    [InlineData("http://a b@c")]
    public void Other_text_stays_as_it_is(string text)
        => Assert.Equal(text, AddressRedaction.Redact(text));

    [Theory]
    [InlineData("ADD https://user:secret@host/x /", "ADD https://host/x /")]
    [InlineData("ADD https://secret@host/x /", "ADD https://host/x /")]
    [InlineData("ADD ssh://git:secret@host/x /", "ADD ssh://git@host/x /")]
    [InlineData("ADD ssh://git@host/x /", "ADD ssh://git@host/x /")]
    [InlineData("ADD https://host:port/x@1.2 /", "ADD https://host:port/x@1.2 /")]
    public void Credentials_can_be_left_out(string text, string stripped)
        => Assert.Equal(stripped, AddressRedaction.Strip(text));

    [Fact]
    public void No_error_shows_the_credentials_of_an_address_whoever_throws_it()
    {
        const string Address = "https://user:secret@host/x";
        var error = new ZLayerException(ZLayerErrorKind.InvalidArgument, $"{Address}: bad.") { Subject = Address, Advice = $"Check {Address}.", Details = [Address] };

        Assert.DoesNotContain("secret", $"{error}{error.Subject}{error.Advice}{string.Join(' ', error.Details)}", StringComparison.Ordinal);
        Assert.Contains("https://xxxxx:xxxxx@host/x", error.Message, StringComparison.Ordinal);
    }
}
