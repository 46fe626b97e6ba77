// Stand-ins of cmdlets for tests: the same parameters with the same attributes, and no work. PowerShell's own binder says what it would bind.
using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Management.Automation;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.Loader;

namespace ZLayer.Tests
{
    /// <summary>Writes for each object of the pipeline which parameters took it.</summary>
    public abstract class ShadowCmdlet : PSCmdlet
    {
        private Dictionary<PropertyInfo, object> _written;

        protected override void BeginProcessing()
            => _written = GetType().GetProperties().Where(property => property.IsDefined(typeof(ParameterAttribute))).ToDictionary(property => property, property => property.GetValue(this));

        // The parameters that PowerShell calls bound are those of earlier objects, too; their values are not.
        protected override void ProcessRecord()
            => WriteObject(string.Join(",", _written.Where(written => !Equals(written.Key.GetValue(this), written.Value)).Select(written => written.Key.Name).OrderBy(name => name)));
    }

    /// <summary>Makes the stand-ins.</summary>
    public static class Shadow
    {
        /// <summary>One for each cmdlet class, named Verb-Noun with "Shadow" before the noun.</summary>
        public static Assembly Of(Type[] cmdlets)
        {
            // The types of a module are found by the load context that they are in.
            using (AssemblyLoadContext.GetLoadContext(cmdlets[0].Assembly).EnterContextualReflection())
            {
                var assembly = AssemblyBuilder.DefineDynamicAssembly(new AssemblyName("ZLayer.Shadows." + Guid.NewGuid().ToString("n")), AssemblyBuilderAccess.Run);
                var module = assembly.DefineDynamicModule("shadows");
                foreach (var cmdlet in cmdlets)
                {
                    Define(module, cmdlet);
                }

                return assembly;
            }
        }

        private static void Define(ModuleBuilder module, Type cmdlet)
        {
            var type = module.DefineType("Shadow." + cmdlet.Name, TypeAttributes.Public | TypeAttributes.Class, typeof(ShadowCmdlet));
            var head = cmdlet.GetCustomAttribute<CmdletAttribute>();
            type.SetCustomAttribute(new CustomAttributeBuilder(
                typeof(CmdletAttribute).GetConstructor(new[] { typeof(string), typeof(string) }),
                new object[] { head.VerbName, "Shadow" + head.NounName },
                new[] { typeof(CmdletAttribute).GetProperty("SupportsShouldProcess"), typeof(CmdletAttribute).GetProperty("DefaultParameterSetName") },
                new object[] { head.SupportsShouldProcess, head.DefaultParameterSetName }));
            foreach (var property in cmdlet.GetProperties().Where(property => property.IsDefined(typeof(ParameterAttribute))))
            {
                Define(type, property);
            }

            type.CreateType();
        }

        private static void Define(TypeBuilder type, PropertyInfo property)
        {
            var field = type.DefineField("_" + property.Name, property.PropertyType, FieldAttributes.Private);
            var get = type.DefineMethod("get_" + property.Name, MethodAttributes.Public | MethodAttributes.SpecialName, property.PropertyType, Type.EmptyTypes);
            var il = get.GetILGenerator();
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldfld, field);
            il.Emit(OpCodes.Ret);
            var set = type.DefineMethod("set_" + property.Name, MethodAttributes.Public | MethodAttributes.SpecialName, null, new[] { property.PropertyType });
            il = set.GetILGenerator();
            il.Emit(OpCodes.Ldarg_0);
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Stfld, field);
            il.Emit(OpCodes.Ret);
            var shadow = type.DefineProperty(property.Name, PropertyAttributes.None, property.PropertyType, null);
            shadow.SetGetMethod(get);
            shadow.SetSetMethod(set);
            foreach (var attribute in property.GetCustomAttributesData().Where(attribute => typeof(System.Management.Automation.Internal.CmdletMetadataAttribute).IsAssignableFrom(attribute.AttributeType)))
            {
                var named = attribute.NamedArguments.Where(argument => !argument.IsField).ToArray();
                shadow.SetCustomAttribute(new CustomAttributeBuilder(
                    attribute.Constructor,
                    attribute.ConstructorArguments.Select(Value).ToArray(),
                    named.Select(argument => Declared((PropertyInfo)argument.MemberInfo)).ToArray(),
                    named.Select(argument => Value(argument.TypedValue)).ToArray()));
            }
        }

        private static PropertyInfo Declared(PropertyInfo property) => property.DeclaringType.GetProperty(property.Name);

        private static object Value(CustomAttributeTypedArgument argument)
        {
            if (argument.Value is not IEnumerable<CustomAttributeTypedArgument> items)
            {
                return argument.Value;
            }

            var values = items.Select(Value).ToArray();
            var array = Array.CreateInstance(argument.ArgumentType.GetElementType(), values.Length);
            values.CopyTo(array, 0);
            return array;
        }
    }
}
