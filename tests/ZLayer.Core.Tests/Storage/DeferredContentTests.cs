using ZLayer.Core.Oci;
using ZLayer.Core.Storage;

namespace ZLayer.Core.Tests.Storage;

public sealed class DeferredContentTests
{
    [SkippableFact]
    public void The_first_marks_of_a_data_root_may_all_come_at_once()
    {
        Skip.IfNot(UnflushedMarks.IsSupported, "this system does not tell its boots apart");
        var root = Directory.CreateTempSubdirectory("zlayer-deferred-");
        try
        {
            var layout = new StoreLayout(Path.Combine(root.FullName, "data"));
            layout.EnsureCreated();
            var marks = Path.Combine(layout.Ingest, "unflushed");
            for (var round = 0; round < 150; round++)
            {
                Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i => UnflushedMarks.AddBlob(layout, Digest.Of([(byte)i])));
                Assert.Equal(4, Directory.GetFiles(marks, "*", SearchOption.AllDirectories).Length);
                Directory.Delete(marks, recursive: true);
            }
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }
}
