using ZLayer.Core.Foundation.Files;
using ZLayer.Core.Tests.Layers;

namespace ZLayer.Core.Tests.Foundation.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void Failure_leaves_the_file_that_was_there_and_nothing_else()
    {
        var path = Path.Combine(_directory.Path, "file");
        File.WriteAllText(path, "before");

        Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(path, file =>
        {
            file.Write("half"u8);
            throw new InvalidOperationException();
        }));

        Assert.Equal("before", File.ReadAllText(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void File_that_must_be_new_stays_as_it_was()
    {
        var path = Path.Combine(_directory.Path, "file");

        Assert.True(AtomicFile.Write(path, "first"u8, new AtomicFileOptions { MustBeNew = true }));
        Assert.False(AtomicFile.Write(path, "second"u8, new AtomicFileOptions { MustBeNew = true }));

        Assert.Equal("first", File.ReadAllText(path));
        Assert.Equal([path], Directory.EnumerateFileSystemEntries(_directory.Path));
    }

    [Fact]
    public void Name_may_be_as_long_as_names_can_be()
    {
        var path = Path.Combine(_directory.Path, new string('x', 255));

        AtomicFile.Write(path, "content"u8);

        Assert.Equal("content", File.ReadAllText(path));
    }

    [Fact]
    public void Renaming_makes_the_directory_that_is_missing()
    {
        var staged = Path.Combine(_directory.Path, "staged");
        var path = Path.Combine(_directory.Path, "a/b/file");
        File.WriteAllText(staged, "content");

        Assert.True(AtomicFile.Rename(staged, path));

        Assert.Equal("content", File.ReadAllText(path));
    }

    [SkippableFact]
    public void Mode_is_the_files_from_its_first_byte()
    {
        Skip.If(OperatingSystem.IsWindows(), "needs Unix modes");
        const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var path = Path.Combine(_directory.Path, "file");
        UnixFileMode? first = null;

        AtomicFile.Write(path, file => first = File.GetUnixFileMode(file.SafeFileHandle), new AtomicFileOptions { Mode = Secret });

        Assert.Equal(Secret, first);
        Assert.Equal(Secret, File.GetUnixFileMode(path));
    }
}
