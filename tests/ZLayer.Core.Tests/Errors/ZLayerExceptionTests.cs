using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Errors;

public sealed class ZLayerExceptionTests
{
    [Fact]
    public void Details_are_empty_unless_given()
        => Assert.Empty(new ZLayerException(ZLayerErrorKind.InternalError, "broken").Details);
}
