using ZLayer.Core.Foundation.Text;

namespace ZLayer.Core.Tests.Layers;

public sealed class FileNameEncodingTests
{
    [Fact]
    public void Any_bytes_survive_the_way_through_text()
    {
        var random = new Random(7);
        for (var round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(0, 40)];
            random.NextBytes(bytes);
            Assert.Equal(bytes, FileNameEncoding.Encode(FileNameEncoding.Decode(bytes)));
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("größe/日本/😀")]
    [InlineData("")]
    public void Valid_text_is_plain_utf8(string name)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(name);
        Assert.Equal(bytes, FileNameEncoding.Encode(name));
        Assert.Equal(name, FileNameEncoding.Decode(bytes));
    }

    [Fact]
    public void A_surrogate_that_stands_for_no_byte_becomes_the_replacement_character()
        => Assert.Equal("a\uFFFDb"u8.ToArray(), FileNameEncoding.Encode("a\uD800b"));

    [Fact]
    public void A_destination_that_is_too_small_is_an_error()
        => Assert.Throws<ArgumentException>(() => FileNameEncoding.Encode("abc", new byte[2]));
}
