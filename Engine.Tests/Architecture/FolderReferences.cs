using System.Collections.Immutable;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Engine.Tests.Architecture;

/// <summary>
/// Finds references between the folders of an assembly: in what was compiled, with the places of the sources from its symbols. What
/// compiling leaves no trace of, such as constants and <c>nameof</c>, is looked for in the sources (<see cref="NamedReferences"/>).
/// </summary>
internal sealed class FolderReferences
{
    private static readonly Guid TypeDefinitionDocuments = new("932E74BC-DBA9-4478-8D46-0F32A7BAB3D3");

    private readonly MetadataReader _code;
    private readonly MetadataReader _symbols;
    private readonly IReadOnlyDictionary<string, string> _folders;
    private readonly Dictionary<TypeDefinitionHandle, string[]> _folderOfTypes = [];
    private readonly HashSet<FolderReference> _found = [];
    private readonly TypeCollector _types;

    private FolderReferences(PEReader code, MetadataReader symbols, IReadOnlyDictionary<string, string> folders)
    {
        _code = code.GetMetadataReader();
        _symbols = symbols;
        _folders = folders;
        _types = new TypeCollector(_code);
        foreach (TypeDefinitionHandle type in _code.TypeDefinitions)
            FoldersOf(type);
        foreach (TypeDefinitionHandle type in _code.TypeDefinitions)
            FindIn(type, code);
    }

    /// <summary>All references from one folder to another, each once per type and member.</summary>
    /// <param name="assembly">The assembly.</param>
    /// <param name="symbols">Its portable symbols.</param>
    /// <param name="folders">The folder of each source file, by its path in the symbols; others are generated.</param>
    public static IReadOnlyCollection<FolderReference> Find(
        Stream assembly, Stream symbols, IReadOnlyDictionary<string, string> folders)
    {
        using var code = new PEReader(assembly);
        using var provider = MetadataReaderProvider.FromPortablePdbStream(symbols);
        return new FolderReferences(code, provider.GetMetadataReader(), folders)._found;
    }

    /// <summary>The folders that a type's parts are in.</summary>
    private string[] FoldersOf(TypeDefinitionHandle handle)
    {
        if (_folderOfTypes.TryGetValue(handle, out string[]? known))
            return known;
        TypeDefinition type = _code.GetTypeDefinition(handle);
        string[] folders =
        [
            .. type.GetMethods().SelectMany(FilesOf).Concat(DocumentsOf(handle)).Select(file => _folders.GetValueOrDefault(file))
                .OfType<string>().Distinct(),
        ];
        if (folders.Length == 0 && type.GetDeclaringType() is { IsNil: false } outer)
            folders = FoldersOf(outer);
        return _folderOfTypes[handle] = folders;
    }

    // Of types that have no code.
    private IEnumerable<string> DocumentsOf(TypeDefinitionHandle type)
    {
        foreach (CustomDebugInformationHandle handle in _symbols.GetCustomDebugInformation(type))
        {
            CustomDebugInformation information = _symbols.GetCustomDebugInformation(handle);
            if (_symbols.GetGuid(information.Kind) != TypeDefinitionDocuments)
                continue;
            BlobReader documents = _symbols.GetBlobReader(information.Value);
            while (documents.RemainingBytes > 0)
                yield return NameOf(MetadataTokens.DocumentHandle(documents.ReadCompressedInteger()));
        }
    }

    private IEnumerable<string> FilesOf(MethodDefinitionHandle method)
    {
        MethodDebugInformation information = _symbols.GetMethodDebugInformation(method);
        return information.Document.IsNil
            ? information.GetSequencePoints().Select(static point => point.Document).Distinct().Select(NameOf)
            : [NameOf(information.Document)];
    }

    private string NameOf(DocumentHandle document) => _symbols.GetString(_symbols.GetDocument(document).Name);

    private void FindIn(TypeDefinitionHandle handle, PEReader code)
    {
        TypeDefinition type = _code.GetTypeDefinition(handle);
        string[] folders = FoldersOf(handle);
        string name = _types.NameOf(handle);
        IEnumerable<EntityHandle> bases = type.GetInterfaceImplementations()
            .Select(implementation => _code.GetInterfaceImplementation(implementation).Interface).Append(type.BaseType);
        Add(folders, bases.SelectMany(token => _types.Of(token)), name);
        Add(folders, _types.OfConstraints(type.GetGenericParameters()), name);
        Add(folders, _types.OfAttributes(type.GetCustomAttributes()), name);
        foreach (FieldDefinitionHandle field in type.GetFields())
        {
            FieldDefinition definition = _code.GetFieldDefinition(field);
            string member = $"{name}.{_code.GetString(definition.Name)}";
            Add(folders, definition.DecodeSignature(_types, null), member);
            Add(folders, _types.OfAttributes(definition.GetCustomAttributes()), member);
        }

        foreach (MethodDefinitionHandle method in type.GetMethods())
        {
            MethodDefinition definition = _code.GetMethodDefinition(method);
            string member = $"{name}.{_code.GetString(definition.Name)}";
            string[] own = [.. FilesOf(method).Select(file => _folders.GetValueOrDefault(file)).OfType<string>().Distinct()];
            if (own.Length == 0)
                own = folders;
            MethodSignature<ImmutableArray<TypeDefinitionHandle>> signature = definition.DecodeSignature(_types, null);
            Add(own, [.. signature.ReturnType, .. signature.ParameterTypes.SelectMany(static types => types)], member);
            Add(own, _types.OfConstraints(definition.GetGenericParameters()), member);
            Add(own, _types.OfAttributes(definition.GetCustomAttributes()), member);
            if (definition.RelativeVirtualAddress != 0)
                Add(own, _types.OfBody(code.GetMethodBody(definition.RelativeVirtualAddress)), member);
        }
    }

    private void Add(string[] from, IEnumerable<TypeDefinitionHandle> types, string member)
    {
        foreach (TypeDefinitionHandle type in types)
        {
            // A type with parts in several folders is in each of them.
            string[] to = FoldersOf(type);
            foreach ((string source, string target) in from.SelectMany(source => to.Select(target => (source, target))))
            {
                if (source != target && !to.Contains(source))
                    _found.Add(new FolderReference(source, target, member, _types.NameOf(type)));
            }
        }
    }
}

/// <summary>Code in one folder that depends on a type of another.</summary>
/// <param name="From">The folder of the code.</param>
/// <param name="To">The folder of the type.</param>
/// <param name="Place">The member, or the file and line.</param>
/// <param name="Symbol">The type.</param>
internal sealed record FolderReference(string From, string To, string Place, string Symbol)
{
    public override string ToString() => $"{Place}: {From} -> {To} by {Symbol}";
}
