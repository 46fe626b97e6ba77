using System.Text;
using System.Text.Json;
using ZLayer.Core.Runtimes.Oci;

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
        var ordinary = SeccompProfile.Parse(Encoding.UTF8.GetBytes(Profile)).ToSpec(["CAP_CHOWN"]);
        var mighty = SeccompProfile.Parse(Encoding.UTF8.GetBytes(Profile)).ToSpec(["CAP_SYS_ADMIN"]);

        Assert.Equal(["read", "write", "mount", "ptrace", "personality", "old"], ordinary.Syscalls.SelectMany(rule => rule.Names));
        Assert.Equal(("SCMP_ACT_ERRNO", 1u), (ordinary.Syscalls[1].Action, ordinary.Syscalls[1].ErrnoRet!.Value));
        Assert.Equal("SCMP_ACT_ALLOW", mighty.Syscalls[1].Action);
        Assert.Equal(38u, ordinary.DefaultErrnoRet);
        Assert.Equal(4294967295, Assert.Single(ordinary.Syscalls[3].Args!).Value);
    }

    [Fact]
    public void A_profile_that_is_not_JSON_is_refused()
        => Assert.Throws<JsonException>(() => SeccompProfile.Parse("{"u8));
}
