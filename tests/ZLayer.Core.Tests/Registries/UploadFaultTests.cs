using ZLayer.Core.Registries;

namespace ZLayer.Core.Tests.Registries;

/// <summary>Uploads that break, are refused or are waited out.</summary>
public sealed class UploadFaultTests
{
    [Fact]
    public async Task An_upload_goes_on_where_the_registry_says_it_stopped()
    {
        var blob = TestBlob.Random(900_000);
        var broken = true;
        var received = new List<byte>();
        using var registry = new FakeRegistry(request =>
        {
            switch (request.Method)
            {
                case "HEAD":
                    return new FakeResponse(404);
                case "POST":
                    return new FakeResponse(202) { Headers = { ["Location"] = "/v2/team/app/blobs/uploads/1?state=a" } };
                case "PUT" when broken:
                    broken = false;
                    received.AddRange(request.Body[..400_000]);
                    return new FakeResponse(201) { CutAfter = -1 };
                case "GET" when request.Path.EndsWith("/1", StringComparison.Ordinal):
                    return new FakeResponse(204) { Headers = { ["Range"] = "0-399999", ["Location"] = "/v2/team/app/blobs/uploads/1?state=b" } };
                case "PATCH":
                    received.AddRange(request.Body);
                    return new FakeResponse(202) { Headers = { ["Location"] = "/v2/team/app/blobs/uploads/1?state=c" } };
                default:
                    return new FakeResponse(request.Path == "/v2/" ? 200 : 201);
            }
        });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        await client.UploadBlobAsync(FaultTests.Image(registry), blob.Source);

        Assert.Equal(blob.Content, received);
        var patch = registry.Requests.Single(r => r.Method == "PATCH");
        Assert.Equal(("400000-899999", "state=b"), (patch.Header("Content-Range"), patch.Query));
        Assert.Equal($"state=c&digest={blob.Descriptor.Digest}", registry.Requests.Last(r => r.Method == "PUT").Query);
    }

    [Fact]
    public async Task A_registry_that_refuses_long_bodies_gets_chunks()
    {
        var blob = TestBlob.Random(40_000_000);
        var received = 0;
        using var registry = new FakeRegistry(request =>
        {
            received += request.Method == "PATCH" ? request.Body.Length : 0;
            return request switch
            {
                { Method: "HEAD" } => new FakeResponse(404),
                { Body.Length: > 17_000_000 } => new FakeResponse(413),
                { Method: "POST" or "PATCH" } => new FakeResponse(202) { Headers = { ["Location"] = "/v2/team/app/blobs/uploads/1" } },
                { Method: "PUT" } => new FakeResponse(201),
                _ => new FakeResponse(200),
            };
        });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        Assert.Equal(BlobUploadOutcome.Uploaded, await client.UploadBlobAsync(FaultTests.Image(registry), blob.Source));
        Assert.Equal(40_000_000, received);
    }

    [Fact]
    public async Task An_upload_survives_a_burst_of_503()
    {
        var blob = TestBlob.Random(10_000);
        var failures = 3;
        using var registry = new FakeRegistry(request => request.Method switch
        {
            "HEAD" => new FakeResponse(404),
            "POST" => new FakeResponse(202) { Headers = { ["Location"] = "/v2/team/app/blobs/uploads/1" } },
            "PUT" => new FakeResponse(failures-- > 0 ? 503 : 201),
            "GET" when request.Path != "/v2/" => new FakeResponse(404),
            _ => new FakeResponse(200),
        });
        using var client = RegistryClientTests.Create(RegistryClientTests.Quick);

        Assert.Equal(BlobUploadOutcome.Uploaded, await client.UploadBlobAsync(FaultTests.Image(registry), blob.Source));
    }
}
