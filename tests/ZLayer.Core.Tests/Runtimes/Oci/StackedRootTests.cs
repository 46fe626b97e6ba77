using System.Diagnostics;
using ZLayer.Core.Foundation.Linux;
using ZLayer.Core.Runtimes.Oci;

namespace ZLayer.Core.Tests.Runtimes.Oci;

public sealed class StackedRootTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("zlayer-stack-").FullName;
    private readonly string _lower;
    private readonly string _upper;

    public StackedRootTests()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "overlayfs is Linux's");
        _lower = Directory.CreateDirectory(Path.Combine(_directory, "lower")).FullName;
        _upper = Directory.CreateDirectory(Path.Combine(_directory, "upper")).FullName;
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [SkippableFact]
    public void A_file_of_a_higher_layer_hides_one_below()
    {
        Write(_lower, "a/f", "low");
        Write(_lower, "a/g", "low");
        Write(_upper, "a/f", "high");

        Assert.Equal("high", Read("/a/f"));
        Assert.Equal("low", Read("a//./g"));
        Assert.Null(Read("/a/h"));
        Assert.Null(Read("/a"));
    }

    [SkippableFact]
    public void A_file_hides_a_directory_and_a_directory_a_file()
    {
        Write(_lower, "x/f", "");
        Write(_upper, "x", "file");
        Write(_lower, "y", "file");
        Write(_upper, "y/f", "in");

        Assert.Equal("file", Read("/x"));
        Assert.False(Root().Resolve("/x/f").Exists);
        Assert.Equal("in", Read("/y/f"));
    }

    [SkippableFact]
    public void Links_stay_in_the_root()
    {
        Write(_lower, "etc/real", "in");
        File.CreateSymbolicLink(Path.Combine(_upper, "absolute"), "/etc/real");
        File.CreateSymbolicLink(Path.Combine(_upper, "climbing"), "../../../etc/real");
        File.CreateSymbolicLink(Path.Combine(_upper, "directory"), "/etc");
        File.CreateSymbolicLink(Path.Combine(_upper, "dangling"), "/run/none/file");

        Assert.Equal("in", Read("/absolute"));
        Assert.Equal("in", Read("/climbing"));
        Assert.Equal("in", Read("/directory/real"));
        Assert.Equal("in", Read("/etc/../../directory/./real"));
        Assert.Equal("/run/none/file", Root().Resolve("/dangling").Path);
        Assert.Equal("/dangling", Root().Resolve("/dangling", followLast: false).Path);
    }

    [SkippableFact]
    public void A_circle_of_links_ends()
    {
        File.CreateSymbolicLink(Path.Combine(_upper, "a"), "b");
        File.CreateSymbolicLink(Path.Combine(_upper, "b"), "a");

        Assert.Throws<IOException>(() => Root().Resolve("/a"));
    }

    [SkippableFact]
    public void Whiteouts_and_opaque_directories_hide_what_is_below()
    {
        Skip.IfNot(Environment.UserName == "root", "needs root");
        Write(_lower, "gone", "low");
        Write(_lower, "d/f", "low");
        Write(_upper, "d/g", "high");
        Run("mknod", Path.Combine(_upper, "gone"), "c", "0", "0");
        Run("setfattr", "-n", "trusted.overlay.opaque", "-v", "y", Path.Combine(_upper, "d"));
        Skip.IfNot(LinuxFiles.FirstByteOfAttribute(Path.Combine(_upper, "d"), "trusted.overlay.opaque") == (byte)'y', "needs setfattr (package attr)");

        var gone = Root().Resolve("/gone");
        Assert.False(gone.Exists);
        Assert.True(gone.Entry!.Occluded);
        Assert.False(Root().Resolve("/d/f").Exists);
        Assert.Equal("high", Read("/d/g"));
    }

    [SkippableFact]
    public void Missing_components_are_kept_as_they_are_written()
    {
        Write(_lower, "a/f", "");

        var path = Root().Resolve("/a/b/c/../d");

        Assert.Equal("/a/b/d", path.Path);
        Assert.Equal(1, path.ExistingCount);
        Assert.Equal("a/b", path.Prefix(2));
    }

    private StackedRoot Root() => new([_lower, _upper], userMarks: false);

    private string? Read(string path)
    {
        using var file = Root().OpenRead(path);
        return file is null ? null : new StreamReader(file).ReadToEnd();
    }

    private static void Write(string layer, string path, string content)
    {
        var file = Path.Combine(layer, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, content);
    }

    private static void Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(program, arguments);
            process.WaitForExit();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Skip.If(true, $"needs {program}");
        }
    }
}
