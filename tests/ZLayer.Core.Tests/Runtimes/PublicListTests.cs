using System.Reflection;
using System.Runtime.CompilerServices;

namespace ZLayer.Core.Tests.Runtimes;

/// <summary>
/// The lists of public records are arrays. PowerShell cannot index what the compiler makes of a collection expression for a read-only list:
/// <c>$container.Ports[0]</c> would silently be all ports.
/// </summary>
public sealed class PublicListTests
{
    private static readonly MethodInfo Make = typeof(PublicListTests).GetMethod(nameof(MakeList), BindingFlags.Static | BindingFlags.NonPublic)!;

    private static readonly Type[] Records = [.. typeof(ZLayerEngine).Assembly.GetExportedTypes().Where(type => type is { IsAbstract: false, ContainsGenericParameters: false })];

    public static TheoryData<string> Settable => Names(Records.SelectMany(Lists).Where(property => property.SetMethod?.IsPublic == true));

    public static TheoryData<string> Constructed => Names(Records.SelectMany(Lists).Where(property => ConstructorOf(property) is not null));

    [Theory]
    [MemberData(nameof(Settable))]
    public void List_that_is_set_is_kept_as_an_array(string member)
    {
        var property = Find(member);
        var record = RuntimeHelpers.GetUninitializedObject(property.DeclaringType!);

        property.SetValue(record, ListFor(property));

        Assert.True(property.GetValue(record) is Array, member);
    }

    [Theory]
    [MemberData(nameof(Constructed))]
    public void List_that_a_record_is_made_with_is_kept_as_an_array(string member)
    {
        var property = Find(member);
        var constructor = ConstructorOf(property)!;
        var arguments = constructor.GetParameters().Select(parameter => IsList(parameter.ParameterType) ? EmptyOf(parameter.ParameterType) : DefaultOf(parameter.ParameterType)).ToArray();
        arguments[Array.FindIndex(constructor.GetParameters(), parameter => parameter.Name == property.Name)] = ListFor(property);

        Assert.True(property.GetValue(constructor.Invoke(arguments)) is Array, member);
    }

    [Fact]
    public void Lists_are_found()
    {
        Assert.NotNull(Find("ZLayer.Core.Runtimes.ContainerInfo.Ports").SetMethod);
        Assert.NotNull(ConstructorOf(Find("ZLayer.Core.Runtimes.ContainerCreation.Warnings")));
        Assert.False(MakeList<string>() is Array);
    }

    private static TheoryData<string> Names(IEnumerable<PropertyInfo> properties)
    {
        var names = new TheoryData<string>();
        foreach (var property in properties)
        {
            names.Add(NameOf(property));
        }

        return names;
    }

    private static IEnumerable<PropertyInfo> Lists(Type type)
        => type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => IsList(property.PropertyType));

    private static bool IsList(Type type)
        => type.IsGenericType && (type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) || type.GetGenericTypeDefinition() == typeof(IReadOnlyCollection<>));

    private static ConstructorInfo? ConstructorOf(PropertyInfo property)
        => property.DeclaringType!.GetMethod("<Clone>$") is null ? null
            : property.DeclaringType.GetConstructors().FirstOrDefault(constructor => constructor.GetParameters().Any(parameter => parameter.Name == property.Name));

    private static string NameOf(PropertyInfo property) => $"{property.DeclaringType!.FullName}.{property.Name}";

    private static PropertyInfo Find(string member) => Records.SelectMany(Lists).Single(property => NameOf(property) == member);

    private static object ListFor(PropertyInfo property) => Make.MakeGenericMethod(property.PropertyType.GetGenericArguments()).Invoke(null, null)!;

    private static object? DefaultOf(Type type) => type.IsValueType ? Activator.CreateInstance(type) : type == typeof(string) ? "" : null;

    private static object EmptyOf(Type list) => Array.CreateInstance(list.GetGenericArguments()[0], 0);

    // What a collection expression of a known length becomes.
    private static IReadOnlyList<T> MakeList<T>() => [(T)Item(typeof(T))!];

    private static object? Item(Type type) => type == typeof(IReadOnlyList<string>) ? MakeList<string>() : DefaultOf(type);
}
