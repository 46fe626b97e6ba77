using System.Text;
using ZLayer.Core.Runtimes.Docker.Wire;

namespace ZLayer.Core.Tests.Runtimes.Docker;

public sealed class EngineTextTests
{
    [Theory]
    [InlineData("""[null]""", """[]""")]
    [InlineData("""[null,null]""", """[]""")]
    [InlineData("""[1,null]""", """[1]""")]
    [InlineData("""[null , 1]""", """[1]""")]
    [InlineData("""[null,null,1,null,null,2,null]""", """[1,2]""")]
    [InlineData("""[null,[null,{"a":[null,"null"]}]]""", """[[{"a":["null"]}]]""")]
    [InlineData("""{"a":null,"b":[{"c":null},null]}""", """{"a":null,"b":[{"c":null}]}""")]
    [InlineData("""[{"a":null},null,"x"]""", """[{"a":null},"x"]""")]
    [InlineData("null", "null")]
    [InlineData("""["a","b"]""", """["a","b"]""")]
    public void What_is_null_in_a_list_is_nothing(string json, string mended) => Assert.Equal(mended, Mend(json));

    [Theory]
    [InlineData("""["\ud800"]""", """["\ufffd"]""")]
    [InlineData("""["\uDC00x\ud83d\ude00"]""", """["\ufffdx\ud83d\ude00"]""")]
    [InlineData("""["\ud800\ud800\udc00"]""", """["\ufffd\ud800\udc00"]""")]
    [InlineData("""["\\ud800","\ud8"]""", """["\\ud800","\ud8"]""")]
    [InlineData("""["\ud800\n","\""]""", """["\ufffd\n","\""]""")]
    [InlineData("\\", "\\")]
    [InlineData("\\u", "\\u")]
    [InlineData("\\ud800\\", "\\ufffd\\")]
    public void Half_of_a_pair_is_replaced(string json, string mended) => Assert.Equal(mended, Mend(json));

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_replaced()
        => Assert.Equal("[\"a\ufffdb\"]", Encoding.UTF8.GetString(EngineText.Mend((byte[])[.. "[\"a"u8, 0xFF, .. "b\"]"u8]).Span));

    [Theory]
    [InlineData("[null")]
    [InlineData("[null,]")]
    [InlineData("null null")]
    [InlineData("")]
    public void What_is_no_JSON_is_left_to_the_reader(string json) => Assert.Equal(json, Mend(json));

    private static string Mend(string json) => Encoding.UTF8.GetString(EngineText.Mend(Encoding.UTF8.GetBytes(json)).Span);
}
