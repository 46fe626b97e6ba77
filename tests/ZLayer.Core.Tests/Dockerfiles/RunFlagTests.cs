using ZLayer.Core.Dockerfiles;
using ZLayer.Core.Errors;

namespace ZLayer.Core.Tests.Dockerfiles;

public sealed class RunFlagTests
{
    private static readonly VariableScope Scope = new(new Dictionary<string, string> { ["DIR"] = "/cache", ["ID"] = "npm", ["TYPE"] = "cache" });

    private static RunMountOptions Mount(string text)
        => Assert.Single(Assert.IsType<RunInstruction>(Dockerfile.ParseInstruction($"RUN --mount={text} true")).Expand(Scope).MountOptions);

    [Fact]
    public void Network_and_security_have_defaults()
    {
        var run = Assert.IsType<RunInstruction>(Dockerfile.ParseInstruction("RUN true"));
        Assert.Equal((RunNetwork.Default, RunSecurity.Sandbox), (run.Network, run.Security));
        run = Assert.IsType<RunInstruction>(Dockerfile.ParseInstruction("RUN --network=host --security=insecure true"));
        Assert.Equal((RunNetwork.Host, RunSecurity.Insecure), (run.Network, run.Security));
        Assert.Equal(RunNetwork.None, Assert.IsType<RunInstruction>(Dockerfile.ParseInstruction("RUN --network=none x")).Network);
    }

    [Fact]
    public void A_bind_mount_is_the_default_and_read_only()
    {
        RunMountOptions mount = Mount("source=a,target=/b,from=build");
        Assert.Equal(new RunMountOptions { Source = "a", Target = "/b", From = "build", ReadOnly = true }, mount);
        Assert.False(Mount("type=bind,src=a,dst=/b,rw").ReadOnly);
        Assert.False(Mount("type=bind,destination=/b,ro=false").ReadOnly);
        Assert.True(Mount("type=bind,target=/b,readwrite=0").ReadOnly);
    }

    [Fact]
    public void A_cache_mount_has_an_id_sharing_and_owner()
        => Assert.Equal(
            new RunMountOptions
            {
                Kind = RunMountKind.Cache, Target = "/c", Id = "x", Sharing = CacheSharing.Locked, Mode = 0b111_101_000, Uid = 1000, Gid = 2000,
            },
            Mount("type=cache,target=/c,id=x,sharing=locked,mode=0750,uid=1000,gid=2000"));

    [Fact]
    public void A_secret_mount_has_an_environment_variable()
        => Assert.Equal(
            new RunMountOptions { Kind = RunMountKind.Secret, Id = "s", Env = "TOKEN", Required = true, Mode = 0b100_000_000, ReadOnly = true },
            Mount("type=secret,id=s,env=TOKEN,required,mode=400"));

    [Theory]
    [InlineData("type=tmpfs,target=/t,size=64m", 64L << 20)]
    [InlineData("type=tmpfs,target=/t,size=1.5GiB", 3L << 29)]
    [InlineData("type=tmpfs,target=/t,size=1000", 1000L)]
    [InlineData("type=tmpfs,target=/t,size=2kb", 2048L)]
    [InlineData("size=1t,type=tmpfs,target=/t", 1L << 40)]
    [InlineData("type=tmpfs,target=/t", null)]
    public void A_tmpfs_mount_has_a_size_in_binary_units(string text, long? size)
    {
        RunMountOptions mount = Mount(text);
        Assert.Equal(size, mount.Size);
        Assert.False(mount.ReadOnly);
    }

    [Fact]
    public void An_ssh_mount_needs_nothing()
    {
        RunMountOptions mount = Mount("type=ssh");
        Assert.Equal(RunMountKind.Ssh, mount.Kind);
        Assert.True(mount.ReadOnly);
        Assert.False(mount.Required);
    }

    [Fact]
    public void Values_may_use_variables_and_keys_are_read_in_any_case()
    {
        RunMountOptions mount = Mount("TYPE=$TYPE,Target=${DIR}/$ID,id='$ID'");
        Assert.Equal((RunMountKind.Cache, "/cache/npm", "npm"), (mount.Kind, mount.Target, mount.Id));
    }

    [Fact]
    public void A_quoted_field_may_hold_commas()
        => Assert.Equal("/a,b", Mount("'type=cache,\"target=/a,b\"'").Target);

    [Fact]
    public void The_source_stage_is_known_before_expansion()
    {
        var run = Assert.IsType<RunInstruction>(Dockerfile.ParseInstruction("RUN --mount=from=build,target=$X --mount=type=ssh make"));
        Assert.Equal(["build", null], run.Mounts.Select(mount => mount.From));
        Assert.Equal([5, 34], run.Mounts.Select(mount => mount.Location.Column));
        Assert.Empty(run.MountOptions);
    }

    [Theory]
    [InlineData("type=binds,target=/a", "did you mean bind?")]
    [InlineData("type=cache,targt=/a", "did you mean target?")]
    [InlineData("type=cache,target", "needs a value")]
    [InlineData("type=cache,target=/a,sharing=share", "did you mean shared?")]
    [InlineData("type=bind,target=/a,sharing=locked", "sharing is not allowed for mounts of type bind")]
    [InlineData("type=bind,target=/a,size=1m", "size is not allowed")]
    [InlineData("type=bind,target=/a,mode=0755", "mode is not allowed")]
    [InlineData("type=tmpfs,target=/a,uid=1", "uid is not allowed")]
    [InlineData("type=bind,target=/a,gid=1", "gid is not allowed")]
    [InlineData("type=cache,target=/a,required", "required is not allowed")]
    [InlineData("type=secret,from=x,id=a", "from is not allowed")]
    [InlineData("type=secret", "needs one of id, source and target")]
    [InlineData("type=secret,id=a,source=b", "not both")]
    [InlineData("type=tmpfs,target=/a,size=big", "invalid value \"big\" for size")]
    [InlineData("type=cache,target=/a,mode=9", "invalid value \"9\" for mode")]
    [InlineData("type=cache,target=/a,uid=-1", "invalid value \"-1\" for uid")]
    [InlineData("type=bind,target=/a,ro=maybe", "invalid value \"maybe\" for ro")]
    [InlineData("from=$BASE,target=/a", "from of a mount does not support variables")]
    [InlineData("type=cache,target=$X,nope=1", "unexpected key \"nope\"")]
    [InlineData("a\"\"b", "unexpected key")]
    [InlineData("'\"type=cache'", "not closed")]
    [InlineData("''", "empty")]
    public void A_bad_mount_is_an_error_at_its_flag(string text, string expected)
    {
        var error = Assert.Throws<ZLayerException>(() => Dockerfile.ParseInstruction($"RUN --mount={text} true"));
        Assert.Equal("instruction:1:5", error.Subject);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_mount_with_variables_is_checked_when_they_have_values()
    {
        var run = Assert.IsType<RunInstruction>(Dockerfile.ParseInstruction("RUN --mount=type=$ID,target=/a true"));
        var error = Assert.Throws<ZLayerException>(() => run.Expand(Scope));
        Assert.Contains("unsupported mount type \"npm\"", error.Message, StringComparison.Ordinal);
        Assert.Equal("instruction:1:5", error.Subject);
    }

    [Theory]
    [InlineData("nvidia.com/gpu=all", "nvidia.com/gpu=all", false)]
    [InlineData("nvidia.com/gpu=all,required", "nvidia.com/gpu=all", true)]
    [InlineData("name=vendor.com/x=0,required=false", "vendor.com/x=0", false)]
    [InlineData("vendor.com/x", "vendor.com/x", false)]
    public void A_device_is_a_cdi_name(string text, string name, bool required)
        => Assert.Equal(
            new RunDevice(name, required),
            Assert.Single(Assert.IsType<RunInstruction>(Dockerfile.ParseInstruction($"RUN --device={text} true")).Devices));

    [Theory]
    [InlineData("required")]
    [InlineData("a=b,c=d")]
    [InlineData("a=b,required=x")]
    [InlineData("''")]
    public void A_bad_device_is_an_error(string text)
        => Assert.Throws<ZLayerException>(() => Dockerfile.ParseInstruction($"RUN --device={text} true"));
}
