using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Engine.Tests.Architecture;

/// <summary>Writes types and values as C# does, for the public API's snapshot.</summary>
internal static class TypeNames
{
    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(ushort)] = "ushort",
        [typeof(int)] = "int",
        [typeof(uint)] = "uint",
        [typeof(long)] = "long",
        [typeof(ulong)] = "ulong",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
        [typeof(char)] = "char",
        [typeof(string)] = "string",
        [typeof(object)] = "object",
        [typeof(void)] = "void",
    };

    /// <summary>A type where it is used. Types outside the base library carry their namespace.</summary>
    public static string Of(Type type)
    {
        if (type.IsByRef)
            return Of(type.GetElementType()!);
        if (type.IsArray)
            return $"{Of(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (type.IsPointer)
            return Of(type.GetElementType()!) + "*";
        if (type.IsGenericParameter)
            return type.Name;
        if (Nullable.GetUnderlyingType(type) is Type underlying)
            return Of(underlying) + "?";
        if (Keywords.TryGetValue(type, out string? keyword))
            return keyword;
        string scope = type.DeclaringType is Type outer ? Of(outer) + "."
            : type.Namespace is null or "System" || type.Namespace.StartsWith("System.", StringComparison.Ordinal) ? ""
            : type.Namespace + ".";
        return scope + Simple(type);
    }

    /// <summary>A type's own name with its type parameters or arguments.</summary>
    public static string Simple(Type type)
    {
        if (!type.IsGenericType)
            return type.Name;
        int tick = type.Name.IndexOf('`', StringComparison.Ordinal);
        string name = tick < 0 ? type.Name : type.Name[..tick];
        return $"{name}<{string.Join(", ", type.GetGenericArguments().Select(Of))}>";
    }

    /// <summary>The constraints of type parameters, each with a leading space.</summary>
    public static string Constraints(Type[] parameters) => string.Concat(parameters.Select(ConstraintsOf));

    /// <summary>A constant as it would be written.</summary>
    public static string Value(object? value) => value switch
    {
        null => "default",
        string text => $"\"{text}\"",
        bool flag => flag ? "true" : "false",
        Enum constant => $"{Of(constant.GetType())}.{constant}",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string ConstraintsOf(Type parameter)
    {
        GenericParameterAttributes attributes = parameter.GenericParameterAttributes;
        bool isUnmanaged = parameter.IsDefined(typeof(IsUnmanagedAttribute), false);
        bool isStruct = attributes.HasFlag(GenericParameterAttributes.NotNullableValueTypeConstraint);
        var parts = new List<string>();
        if (isUnmanaged)
            parts.Add("unmanaged");
        else if (isStruct)
            parts.Add("struct");
        else if (attributes.HasFlag(GenericParameterAttributes.ReferenceTypeConstraint))
            parts.Add("class");
        parts.AddRange(parameter.GetGenericParameterConstraints()
            .Where(static type => type != typeof(ValueType))
            .Select(Of)
            .Order(StringComparer.Ordinal));
        if (!isStruct && attributes.HasFlag(GenericParameterAttributes.DefaultConstructorConstraint))
            parts.Add("new()");
        if (attributes.HasFlag(GenericParameterAttributes.AllowByRefLike))
            parts.Add("allows ref struct");
        return parts.Count == 0 ? "" : $" where {parameter.Name} : {string.Join(", ", parts)}";
    }
}
