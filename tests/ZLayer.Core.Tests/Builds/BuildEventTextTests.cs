using System.Runtime.CompilerServices;
using ZLayer.Core.Builds.Events;
using ZLayer.Core.Registries;

namespace ZLayer.Core.Tests.Builds;

public sealed class BuildEventTextTests
{
    // What the cmdlets write to the information stream is read as its text.
    public static TheoryData<Type> Records { get; }
        = [.. typeof(BuildEvent).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(BuildEvent)) && !type.IsAbstract), typeof(TransferProgress)];

    [Theory]
    [MemberData(nameof(Records))]
    public void Records_of_the_information_stream_have_a_text_for_people(Type type)
    {
        var text = type.GetMethod(nameof(ToString), Type.EmptyTypes)!;

        Assert.NotEqual(typeof(object), text.DeclaringType);
        Assert.False(text.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false), $"{type.Name} prints as the compiler writes records");
    }
}
