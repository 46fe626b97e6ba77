using ZLayer.Core.Builds.Solving;

namespace ZLayer.Core.Tests.Builds.Solving;

public sealed class MissReasonTests
{
    [Fact]
    public void A_step_without_a_record_was_not_built_before()
        => Assert.Equal("not built before", MissReason.Explain(Inputs(("instruction", "a")), null, null));

    [Theory]
    [InlineData("instruction", "the instruction changed")]
    [InlineData("parent", "a previous step changed")]
    [InlineData("base", "the base image changed")]
    [InlineData("argument VERSION", "the build argument VERSION changed")]
    [InlineData("environment PATH", "environment PATH changed")]
    [InlineData("content", "content changed")]
    public void The_first_difference_is_the_reason(string changed, string reason)
    {
        string[] names = ["instruction", "base", "parent", "argument VERSION", "environment PATH", "content"];
        var before = Inputs([.. names.Select(n => (n, "1"))]).ToDictionary();
        var now = Inputs([.. names.Select(n => (n, n == changed ? "2" : "1"))]);
        Assert.Equal(reason, MissReason.Explain(now, before, null));
    }

    [Fact]
    public void Changed_content_is_explained_by_its_files()
    {
        var before = Inputs(("content", "1")).ToDictionary();
        Assert.Equal("package.json: content changed", MissReason.Explain(Inputs(("content", "2")), before, () => "package.json: content changed"));
    }

    [Fact]
    public void Keys_do_not_confuse_the_borders_of_values()
        => Assert.NotEqual(Inputs(("a", "bc")).ComputeKey(), Inputs(("ab", "c")).ComputeKey());

    [Fact]
    public void Hashed_values_do_not_show()
    {
        var inputs = new StepInputs();
        inputs.AddHashed("argument TOKEN", "hunter2");
        Assert.DoesNotContain(inputs.Values, v => v.Value.Contains("hunter2", StringComparison.Ordinal));
    }

    private static StepInputs Inputs(params (string Name, string Value)[] values)
    {
        var inputs = new StepInputs();
        foreach (var (name, value) in values)
        {
            inputs.Add(name, value);
        }

        return inputs;
    }
}
