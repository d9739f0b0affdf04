using System.Collections.Immutable;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;

namespace Engine.Tests.Architecture;

/// <summary>The types of an assembly itself that something in it depends on, type arguments and owners of members included.</summary>
internal sealed class TypeCollector(MetadataReader code) : ISignatureTypeProvider<ImmutableArray<TypeDefinitionHandle>, object?>
{
    private static readonly Dictionary<short, OpCode> s_opCodes = typeof(OpCodes).GetFields()
        .Select(static field => (OpCode)field.GetValue(null)!).ToDictionary(static opCode => opCode.Value);

    /// <summary>The name of a type, with those around it.</summary>
    public string NameOf(TypeDefinitionHandle handle)
    {
        TypeDefinition type = code.GetTypeDefinition(handle);
        string name = code.GetString(type.Name);
        return type.GetDeclaringType() is { IsNil: false } outer ? $"{NameOf(outer)}.{name}" : name;
    }

    /// <summary>The types that a token names: a type, or owner and signature of a member.</summary>
    public ImmutableArray<TypeDefinitionHandle> Of(EntityHandle token)
    {
        switch (token.Kind)
        {
            case HandleKind.TypeDefinition:
                return token.IsNil ? [] : [(TypeDefinitionHandle)token];
            case HandleKind.TypeSpecification:
                return code.GetTypeSpecification((TypeSpecificationHandle)token).DecodeSignature(this, null);
            case HandleKind.FieldDefinition:
                FieldDefinition field = code.GetFieldDefinition((FieldDefinitionHandle)token);
                return [field.GetDeclaringType(), .. field.DecodeSignature(this, null)];
            case HandleKind.MethodDefinition:
                MethodDefinition method = code.GetMethodDefinition((MethodDefinitionHandle)token);
                return [method.GetDeclaringType(), .. Flat(method.DecodeSignature(this, null))];
            case HandleKind.MethodSpecification:
                MethodSpecification instance = code.GetMethodSpecification((MethodSpecificationHandle)token);
                return [.. Of(instance.Method), .. instance.DecodeSignature(this, null).SelectMany(static types => types)];
            case HandleKind.MemberReference:
                MemberReference member = code.GetMemberReference((MemberReferenceHandle)token);
                return
                [
                    .. Of(member.Parent),
                    .. member.GetKind() == MemberReferenceKind.Field
                        ? member.DecodeFieldSignature(this, null) : Flat(member.DecodeMethodSignature(this, null)),
                ];
            case HandleKind.StandaloneSignature:
                StandaloneSignature signature = code.GetStandaloneSignature((StandaloneSignatureHandle)token);
                return signature.GetKind() == StandaloneSignatureKind.Method
                    ? Flat(signature.DecodeMethodSignature(this, null))
                    : [.. signature.DecodeLocalSignature(this, null).SelectMany(static types => types)];
            default:
                return [];
        }
    }

    /// <summary>The types of generic parameters' constraints.</summary>
    public IEnumerable<TypeDefinitionHandle> OfConstraints(GenericParameterHandleCollection parameters) => parameters
        .SelectMany(parameter => code.GetGenericParameter(parameter).GetConstraints())
        .SelectMany(constraint => Of(code.GetGenericParameterConstraint(constraint).Type));

    /// <summary>The types of attributes.</summary>
    public IEnumerable<TypeDefinitionHandle> OfAttributes(CustomAttributeHandleCollection attributes) =>
        attributes.SelectMany(attribute => Of(code.GetCustomAttribute(attribute).Constructor));

    /// <summary>The types of a method's locals and of all that its instructions name.</summary>
    public IEnumerable<TypeDefinitionHandle> OfBody(MethodBodyBlock body)
    {
        var found = new HashSet<TypeDefinitionHandle>();
        if (!body.LocalSignature.IsNil)
            found.UnionWith(Of(body.LocalSignature));
        foreach (ExceptionRegion region in body.ExceptionRegions.Where(static region => !region.CatchType.IsNil))
            found.UnionWith(Of(region.CatchType));
        BlobReader instructions = body.GetILReader();
        while (instructions.RemainingBytes > 0)
        {
            int first = instructions.ReadByte();
            OpCode opCode = s_opCodes[first == 0xFE ? (short)((first << 8) | instructions.ReadByte()) : (short)first];
            switch (opCode.OperandType)
            {
                case OperandType.InlineField or OperandType.InlineMethod or OperandType.InlineSig or OperandType.InlineTok
                    or OperandType.InlineType:
                    found.UnionWith(Of(MetadataTokens.EntityHandle(instructions.ReadInt32())));
                    break;
                case OperandType.InlineSwitch:
                    int targets = instructions.ReadInt32();
                    instructions.Offset += targets * sizeof(int);
                    break;
                default:
                    instructions.Offset += OperandSize(opCode.OperandType);
                    break;
            }
        }

        return found;
    }

    public ImmutableArray<TypeDefinitionHandle> GetTypeFromDefinition(
        MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) => [handle];

    public ImmutableArray<TypeDefinitionHandle> GetTypeFromSpecification(
        MetadataReader reader, object? genericContext, TypeSpecificationHandle handle, byte rawTypeKind) => Of(handle);

    public ImmutableArray<TypeDefinitionHandle> GetGenericInstantiation(
        ImmutableArray<TypeDefinitionHandle> genericType, ImmutableArray<ImmutableArray<TypeDefinitionHandle>> typeArguments) =>
        [.. genericType, .. typeArguments.SelectMany(static types => types)];

    public ImmutableArray<TypeDefinitionHandle> GetFunctionPointerType(MethodSignature<ImmutableArray<TypeDefinitionHandle>> signature) =>
        Flat(signature);

    public ImmutableArray<TypeDefinitionHandle> GetModifiedType(
        ImmutableArray<TypeDefinitionHandle> modifier, ImmutableArray<TypeDefinitionHandle> unmodifiedType, bool isRequired) =>
        unmodifiedType;

    public ImmutableArray<TypeDefinitionHandle> GetArrayType(ImmutableArray<TypeDefinitionHandle> elementType, ArrayShape shape) =>
        elementType;

    public ImmutableArray<TypeDefinitionHandle> GetByReferenceType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    public ImmutableArray<TypeDefinitionHandle> GetPinnedType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    public ImmutableArray<TypeDefinitionHandle> GetPointerType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    public ImmutableArray<TypeDefinitionHandle> GetSZArrayType(ImmutableArray<TypeDefinitionHandle> elementType) => elementType;

    public ImmutableArray<TypeDefinitionHandle> GetTypeFromReference(
        MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) => [];

    public ImmutableArray<TypeDefinitionHandle> GetGenericMethodParameter(object? genericContext, int index) => [];

    public ImmutableArray<TypeDefinitionHandle> GetGenericTypeParameter(object? genericContext, int index) => [];

    public ImmutableArray<TypeDefinitionHandle> GetPrimitiveType(PrimitiveTypeCode typeCode) => [];

    private static ImmutableArray<TypeDefinitionHandle> Flat(MethodSignature<ImmutableArray<TypeDefinitionHandle>> signature) =>
        [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(static types => types)];

    private static int OperandSize(OperandType type) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        _ => 4,
    };
}
