using ZLayer.Core.Layers;

namespace ZLayer.Core.Tests.Layers;

public sealed class PieceCutterTests
{
    private static readonly PieceSizes Tiny = new(4 << 10, 12 << 10, 32 << 10);

    [Fact]
    public void Cuts_do_not_depend_on_the_steps_in_which_the_stream_arrives()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var stream = RandomStream(seed);
            var whole = Cuts(stream, step: stream.Length);
            Assert.Equal(stream.Length, whole.Sum());
            Assert.All(whole, length => Assert.InRange(length, 1, Tiny.Maximum));
            Assert.Equal(whole, Cuts(stream, step: 1000));
            Assert.Equal(whole, Cuts(stream, step: 77_777));
        }
    }

    [Fact]
    public void Pieces_of_small_files_keep_the_minimum_and_end_between_entries()
    {
        var tar = Tars.Write(writer =>
        {
            var random = new Random(2);
            for (var i = 0; i < 2000; i++)
            {
                var content = new byte[random.Next(0, 3000)];
                writer.WriteFile(Tars.File($"dir/{i}", content.Length), content);
            }
        });
        var starts = new HashSet<long> { 0 };
        using var reader = new LayerTarReader(new MemoryStream(tar));
        while (reader.MoveNext() is not null)
        {
            starts.Add(reader.ContentOffset - 512);
        }

        var position = 0L;
        var cuts = Cuts(tar, 50_000);
        foreach (var length in cuts)
        {
            Assert.Contains(position, starts);
            position += length;
        }

        Assert.All(cuts.SkipLast(1), length => Assert.InRange(length, Tiny.Minimum, Tiny.Maximum));
        Assert.InRange(tar.Length / cuts.Count, Tiny.Minimum + Tiny.Spread / 2, Tiny.Maximum);
    }

    private static List<int> Cuts(byte[] stream, int step)
    {
        var cutter = new PieceCutter(Tiny);
        var cuts = new List<int>();
        var start = 0;
        for (var end = 0; end < stream.Length;)
        {
            end = Math.Min(stream.Length, end + step);
            int cut;
            while ((cut = cutter.FindCut(stream.AsSpan(start..end))) > 0)
            {
                cuts.Add(cut);
                start += cut;
            }

            if (step < stream.Length)
            {
                Assert.InRange(end - start, 0, Tiny.Maximum + PieceCutter.Lookahead + step);
            }
        }

        if (start < stream.Length)
        {
            cuts.Add(stream.Length - start);
        }

        return cuts;
    }

    /// <summary>Archives of files of all sizes, some with long names, often damaged, cut or followed by something else.</summary>
    private static byte[] RandomStream(int seed)
    {
        var random = new Random(seed);
        var tar = Tars.Write(writer =>
        {
            for (var i = 0; i < 60; i++)
            {
                var content = new byte[random.Next(5) == 0 ? random.Next(0, 90_000) : random.Next(0, 4000)];
                random.NextBytes(content);
                var path = random.Next(6) == 0 ? new string('l', random.Next(100, 3000)) + i : "short" + i;
                writer.WriteFile(Tars.File(path, content.Length), content);
            }
        });
        switch (seed % 4)
        {
            case 1:
                tar[random.Next(tar.Length / 512) * 512 + random.Next(100, 160)] ^= (byte)random.Next(1, 256);
                return tar;
            case 2:
                return tar[..random.Next(1, tar.Length)];
            case 3:
                return [.. tar, .. tar];
            default:
                return tar;
        }
    }
}
