using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Errors;

public sealed class ZLayerExceptionTests
{
    [Fact]
    public void Details_are_empty_unless_given()
        => Assert.Empty(new ZLayerException(ZLayerErrorKind.InternalError, "broken").Details);

    [Theory]
    [InlineData("Dockerfile:1:1: unknown instruction", "Dockerfile:1:1: unknown instruction")]
    [InlineData("Dockerfile has 2 errors; the first: Dockerfile:1:1: unknown", "Dockerfile:1:1: unknown")]
    [InlineData("Cannot read the ignore patterns of .dockerignore:2: a bracket is open.", ".dockerignore:2: a bracket is open")]
    [InlineData("RUN: Cannot set up the container: crun: no such device (Dockerfile:3:1)", "crun: no such device")]
    public void A_detail_that_the_message_tells_is_not_told_again(string message, string detail)
    {
        var error = new ZLayerException(ZLayerErrorKind.InternalError, message) { Details = [detail, "another: fault", "1"] };

        Assert.Equal(["another: fault", "1"], error.FurtherDetails);
        Assert.Equal(3, error.Details.Count);
    }
}
