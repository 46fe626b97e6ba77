using System.Text;
using ZLayer.Core.Errors;
using ZLayer.Core.Runtimes.Oci;
using ZLayer.Core.Tests.Mutations;

namespace ZLayer.Core.Tests.Runtimes.Oci;

public sealed class SeccompProfileTests
{
    private const string Profile = """
        {
          "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38, "defaultErrno": "ENOSYS",
          "archMap": [
            {"architecture": "SCMP_ARCH_X86_64", "subArchitectures": ["SCMP_ARCH_X86", "SCMP_ARCH_X32"]},
            {"architecture": "SCMP_ARCH_AARCH64", "subArchitectures": ["SCMP_ARCH_ARM"]}
          ],
          "syscalls": [
            {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "args": [], "comment": "", "includes": {}, "excludes": {}},
            {"names": ["mount"], "action": "SCMP_ACT_ALLOW", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
            {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1, "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
            {"names": ["ptrace"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "4.8"}},
            {"names": ["future"], "action": "SCMP_ACT_ALLOW", "includes": {"minKernel": "99.0"}},
            {"names": ["elsewhere"], "action": "SCMP_ACT_ALLOW", "includes": {"arches": ["vax"]}},
            {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{"index": 0, "value": 4294967295, "valueTwo": 0, "op": "SCMP_CMP_EQ"}]},
            {"name": "old", "action": "SCMP_ACT_ALLOW", "args": null}
          ]
        }
        """;

    [Fact]
    public void Rules_apply_by_capability_architecture_and_kernel()
    {
        var ordinary = SeccompProfile.Parse(Encoding.UTF8.GetBytes(Profile), "seccomp.json").ToSpec(["CAP_CHOWN"]);
        var mighty = SeccompProfile.Parse(Encoding.UTF8.GetBytes(Profile), "seccomp.json").ToSpec(["CAP_SYS_ADMIN"]);

        Assert.Equal(["read", "write", "mount", "ptrace", "personality", "old"], ordinary.Syscalls.SelectMany(rule => rule.Names));
        Assert.Equal(("SCMP_ACT_ERRNO", 1u), (ordinary.Syscalls[1].Action, ordinary.Syscalls[1].ErrnoRet!.Value));
        Assert.Equal("SCMP_ACT_ALLOW", mighty.Syscalls[1].Action);
        Assert.Equal(38u, ordinary.DefaultErrnoRet);
        Assert.Equal(4294967295, Assert.Single(ordinary.Syscalls[3].Args!).Value);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("""{"defaultAction": null}""")]
    [InlineData("""{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [null]}""")]
    [InlineData("""{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": null}]}""")]
    [InlineData("""{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": [null], "action": "SCMP_ACT_ALLOW"}]}""")]
    [InlineData("""{"defaultAction": "\ud800"}""")]
    [InlineData("""{"defaultAction": "SCMP_ACT_ERRNO", "archMap": [null]}""")]
    [InlineData("""{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW", "args": [{"index": -1, "op": "x"}]}]}""")]
    public void A_profile_that_is_none_is_refused(string json)
        => Assert.Equal(ZLayerErrorKind.StorageReadFailed, Assert.Throws<ZLayerException>(() => SeccompProfile.Parse(Encoding.UTF8.GetBytes(json), "seccomp.json")).Kind);

    [Fact]
    public void Profiles_that_are_almost_valid_end_in_a_filter_or_an_error()
        => JsonMutations.Check([Profile], json => SeccompProfile.Parse(json, "seccomp.json").ToSpec(["CAP_SYS_ADMIN"]), rounds: 500);

    [Fact]
    public void What_a_profile_leaves_out_is_nothing()
    {
        var profile = SeccompProfile.Parse("""{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{"names": null, "action": "SCMP_ACT_ALLOW"}, {"action": "SCMP_ACT_ALLOW"}], "flags": null}"""u8, "seccomp.json");

        Assert.Empty(profile.ToSpec([]).Syscalls);
    }
}
