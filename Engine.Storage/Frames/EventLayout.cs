using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Engine.Storage.Frames;

/// <summary>
/// The fields of an event type in memory, as text: what a frame says of its events, so that they can be read without the type.
/// </summary>
internal static class EventLayout
{
    /// <summary>What reflection needs of an event type.</summary>
    public const DynamicallyAccessedMemberTypes Fields =
        DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.NonPublicFields;

    /// <summary>
    /// The layout: <c>Name:type@offset</c> for each field in order, with the fields of structs inside as <c>Outer.Inner</c>.
    /// </summary>
    /// <typeparam name="T">The event type.</typeparam>
    public static string Of<[DynamicallyAccessedMembers(Fields)] T>()
        where T : unmanaged =>
        string.Join(',', FieldsOf(typeof(T), string.Empty, 0).OrderBy(static field => field.Offset).Select(static field => field.Text));

    [UnconditionalSuppressMessage("Trimming", "IL2072", Justification = "A field's type is kept with its fields where the field is.")]
    [UnconditionalSuppressMessage("Trimming", "IL2062", Justification = "A field's type is kept with its fields where the field is.")]
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Offsets of blittable structs need no code made at run time.")]
    private static IEnumerable<(int Offset, string Text)> FieldsOf(
        [DynamicallyAccessedMembers(Fields)] Type type,
        string prefix, int start)
    {
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic))
        {
            int offset = start + (int)Marshal.OffsetOf(type, field.Name);
            string name = prefix + NameOf(field);
            if (TypeNameOf(field.FieldType) is { } typeName)
            {
                yield return (offset, $"{name}:{typeName}@{offset}");
                continue;
            }

            foreach ((int, string) inner in FieldsOf(field.FieldType, name + ".", offset))
                yield return inner;
        }
    }

    private static string? TypeNameOf(Type type) => Type.GetTypeCode(type) switch
    {
        TypeCode.Byte => "u8",
        TypeCode.SByte => "i8",
        TypeCode.UInt16 => "u16",
        TypeCode.Int16 => "i16",
        TypeCode.UInt32 => "u32",
        TypeCode.Int32 => "i32",
        TypeCode.UInt64 => "u64",
        TypeCode.Int64 => "i64",
        TypeCode.Single => "f32",
        TypeCode.Double => "f64",
        TypeCode.Boolean => "bool",
        TypeCode.Char => "char",
        _ => null,
    };

    // The field behind a property has a name that no language can write.
    private static string NameOf(FieldInfo field) =>
        field.Name is ['<', .. string rest] && rest.IndexOf('>', StringComparison.Ordinal) is > 0 and int end ? rest[..end] : field.Name;
}
