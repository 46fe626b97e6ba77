using ZLayer.Core.Errors;
using ZLayer.Core.Foundation.Text;
using ZLayer.Core.Tests.Foundation.Text;

namespace ZLayer.Core.Tests.Mutations;

public sealed class CheckedJsonMutationTests
{
    private static readonly DocumentError Error = (why, cause) => new ZLayerException(ZLayerErrorKind.InvalidManifest, why, cause);

    [Fact]
    public void No_record_comes_out_that_breaks_its_promises()
        => JsonMutations.Check(
            ["""
             {"name":"a","label":"b","kind":"c","optional":"d","count":1,"made":"2024-02-03T04:05:06Z","list":["e"],
              "parts":{"f":["g"]},"labels":{"h":"i"},"children":{"j":{"label":"k"}},"child":{"label":"l"},"x":{"y":[null,1,"z"]}}
             """],
            json =>
            {
                var read = CheckedJson.Read(json, CheckedJsonContext.Default.CheckedDocument, Error);
                Assert.All((string[])[read.Name, read.Label, read.Kind, read.Child.Label], Assert.NotNull);
                Assert.All(read.List, Assert.NotNull);
                Assert.All(read.Parts, part => Assert.All(part.Value, Assert.NotNull));
                Assert.All(read.Labels, label => Assert.NotNull(label.Value));
                Assert.All(read.Children, child => Assert.NotNull(child.Value.Label));
                Assert.All(read.Extensions ?? new Dictionary<string, System.Text.Json.JsonElement>(), member => Assert.NotNull(member.Value.ToString()));
            },
            rounds: 2_000);
}
