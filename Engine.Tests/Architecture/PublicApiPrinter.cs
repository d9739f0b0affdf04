using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Engine.Tests.Architecture;

/// <summary>
/// Writes what an assembly shows to others: types and members that are public or open to derived types elsewhere, one
/// per line, in ordinal order. What the compiler adds to records is left out; <c>record</c> stands for it.
/// </summary>
internal static class PublicApiPrinter
{
    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    public static string Print(Assembly assembly)
    {
        var text = new StringBuilder();
        foreach (Type type in assembly.GetTypes().Where(IsVisible).OrderBy(static type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Header(type)).Append('\n');
            foreach (string member in Members(type).Order(StringComparer.Ordinal))
                text.Append("    ").Append(member).Append('\n');
        }

        return text.ToString();
    }

    private static bool IsVisible(Type type) =>
        type.IsNested ? (type.IsNestedPublic || type.IsNestedFamily) && IsVisible(type.DeclaringType!) : type.IsPublic;

    private static bool IsVisible(MethodBase? method) => method is { IsPublic: true } or { IsFamily: true } or { IsFamilyOrAssembly: true };

    private static string Header(Type type)
    {
        string name = $"{type.Namespace}.{(type.DeclaringType is Type outer ? TypeNames.Simple(outer) + "." : "")}{TypeNames.Simple(type)}";
        if (type.IsEnum)
            return $"enum {name} : {TypeNames.Of(type.GetEnumUnderlyingType())}";
        if (type.BaseType == typeof(MulticastDelegate))
        {
            MethodInfo invoke = type.GetMethod("Invoke")!;
            return $"delegate {Returns(invoke)} {name}({Parameters(invoke)}){TypeNames.Constraints(type.GetGenericArguments())}";
        }

        IEnumerable<string> bases = type.GetInterfaces().Where(IsVisible).Select(TypeNames.Of).Order(StringComparer.Ordinal);
        if (type.BaseType is Type parent && parent != typeof(object) && parent != typeof(ValueType))
            bases = bases.Prepend(TypeNames.Of(parent));
        string list = string.Join(", ", bases);
        string constraints = TypeNames.Constraints(type.GetGenericArguments());
        return $"{Kind(type)} {name}{(list.Length == 0 ? "" : " : " + list)}{constraints}{Layout(type)}";
    }

    private static string Kind(Type type)
    {
        bool isRecord = type.GetMethod("PrintMembers", Declared) is not null;
        if (type.IsInterface)
            return "interface";
        if (type.IsValueType)
        {
            return (type.IsDefined(typeof(IsReadOnlyAttribute), false) ? "readonly " : "")
                + (type.IsByRefLike ? "ref " : "") + (isRecord ? "record struct" : "struct");
        }

        string modifier = type.IsAbstract && type.IsSealed ? "static " : type.IsAbstract ? "abstract " : type.IsSealed ? "sealed " : "";
        return modifier + (isRecord ? "record" : "class");
    }

    private static string Layout(Type type) =>
        type.IsValueType && type.StructLayoutAttribute is { Size: > 0 } layout && layout.Value != LayoutKind.Auto
            ? $" [{layout.Size} bytes]" : "";

    private static IEnumerable<string> Members(Type type)
    {
        if (type.BaseType == typeof(MulticastDelegate))
            return [];
        if (type.IsEnum)
        {
            return type.GetFields(BindingFlags.Public | BindingFlags.Static)
                .Select(static field => $"{field.Name} = {field.GetRawConstantValue()}");
        }

        IEnumerable<string> fields = type.GetFields(Declared)
            .Where(static field => field.IsPublic || field.IsFamily || field.IsFamilyOrAssembly)
            .Select(Field);
        IEnumerable<string> constructors = type.GetConstructors(Declared)
            .Where(static constructor => IsVisible(constructor) && !IsGenerated(constructor))
            .Select(static constructor => $"{Access(constructor)}.ctor({Parameters(constructor)})");
        IEnumerable<string> properties = type.GetProperties(Declared)
            .Where(static property => IsVisible(property.GetMethod) || IsVisible(property.SetMethod))
            .Where(static property => property.Name != "EqualityContract")
            .Select(Property);
        IEnumerable<string> methods = type.GetMethods(Declared)
            .Where(static method => IsVisible(method) && !IsGenerated(method) && !IsAccessor(method))
            .Select(Method);
        return [.. fields, .. constructors, .. properties, .. methods];
    }

    private static bool IsGenerated(MemberInfo member) => member.IsDefined(typeof(CompilerGeneratedAttribute), false);

    private static bool IsAccessor(MethodInfo method) =>
        method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Field(FieldInfo field)
    {
        string modifier = field.IsLiteral ? "const " : (field.IsStatic ? "static " : "") + (field.IsInitOnly ? "readonly " : "");
        string value = field.IsLiteral ? " = " + TypeNames.Value(field.GetRawConstantValue()) : "";
        return $"{(field.IsPublic ? "" : "protected ")}{modifier}{TypeNames.Of(field.FieldType)} {field.Name}{value}";
    }

    private static string Property(PropertyInfo property)
    {
        MethodInfo accessor = IsVisible(property.GetMethod) ? property.GetMethod! : property.SetMethod!;
        ParameterInfo[] index = property.GetIndexParameters();
        string name = index.Length == 0 ? property.Name : $"this[{string.Join(", ", index.Select(Parameter))}]";
        string get = IsVisible(property.GetMethod) ? "get; " : "";
        string set = !IsVisible(property.SetMethod) ? "" : IsInit(property.SetMethod!) ? "init; " : "set; ";
        string type = property.GetMethod is MethodInfo getter ? Returns(getter) : TypeNames.Of(property.PropertyType);
        return $"{Access(accessor)}{Modifiers(accessor)}{type} {name} {{ {get}{set}}}";
    }

    private static string Method(MethodInfo method)
    {
        Type[] typeParameters = method.IsGenericMethodDefinition ? method.GetGenericArguments() : [];
        string generic = typeParameters.Length == 0 ? "" : $"<{string.Join(", ", typeParameters.Select(TypeNames.Of))}>";
        return $"{Access(method)}{Modifiers(method)}{Returns(method)} " +
            $"{method.Name}{generic}({Parameters(method)}){TypeNames.Constraints(typeParameters)}";
    }

    private static bool IsInit(MethodInfo setter) =>
        setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit));

    private static string Access(MethodBase method) => method.IsPublic ? "" : "protected ";

    private static string Modifiers(MethodInfo method)
    {
        if (method.IsStatic)
            return method.IsAbstract ? "static abstract " : "static ";
        if (method.DeclaringType!.IsInterface)
            return method.IsAbstract ? "" : "virtual ";
        if (!method.IsVirtual)
            return "";
        if (method.GetBaseDefinition() != method)
            return method.IsFinal ? "sealed override " : "override ";
        return method.IsAbstract ? "abstract " : method.IsFinal ? "" : "virtual ";
    }

    private static string Returns(MethodInfo method)
    {
        string reference = !method.ReturnType.IsByRef ? ""
            : method.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(InAttribute)) ? "ref readonly " : "ref ";
        return reference + TypeNames.Of(method.ReturnType);
    }

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        string modifier = parameter.IsDefined(typeof(ParamArrayAttribute), false) ? "params "
            : !parameter.ParameterType.IsByRef ? ""
            : parameter.IsOut ? "out " : parameter.IsIn ? "in " : "ref ";
        if (parameter.Position == 0 && parameter.Member.IsDefined(typeof(ExtensionAttribute), false))
            modifier = "this " + modifier;
        string value = parameter.HasDefaultValue ? " = " + TypeNames.Value(parameter.DefaultValue) : "";
        return $"{modifier}{TypeNames.Of(parameter.ParameterType)} {parameter.Name}{value}";
    }
}
