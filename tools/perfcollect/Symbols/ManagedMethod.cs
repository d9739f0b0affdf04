namespace Engine.PerfCollect.Symbols;

/// <summary>A method's name as traces show it, <c>Module!Namespace.Type.Method(arguments)</c>, in its parts.</summary>
internal readonly record struct ManagedMethod(string Module, string Type, string Member)
{
    private const string StubModule = "stubs";

    /// <summary>The name without the module.</summary>
    public string Name => Type.Length == 0 ? Member : $"{Type}.{Member}";

    /// <summary>
    /// The name in a line of a perf map: <c>RETURN-TYPE [Module] Namespace.Type::Method(arguments)[Tier]</c> for a method,
    /// anything else for a stub of the runtime.
    /// </summary>
    public static ManagedMethod ParsePerfMap(ReadOnlySpan<char> text)
    {
        int member = text.IndexOf("::", StringComparison.Ordinal);
        if (member < 0)
            return new ManagedMethod(StubModule, string.Empty, text.ToString());
        // The return type may name a module too, but without a space behind the bracket.
        int moduleEnd = text[..member].LastIndexOf("] ", StringComparison.Ordinal);
        int moduleStart = moduleEnd < 0 ? -1 : text[..moduleEnd].LastIndexOf('[');
        if (moduleStart < 0)
            return new ManagedMethod(StubModule, string.Empty, text.ToString());
        int tier = text.EndsWith("]", StringComparison.Ordinal) ? text.LastIndexOf(")[", StringComparison.Ordinal) : -1;
        int end = tier < 0 ? text.Length : tier + 1;
        return new ManagedMethod(
            text[(moduleStart + 1)..moduleEnd].ToString(),
            text[(moduleEnd + 2)..member].ToString(),
            text[(member + 2)..end].ToString());
    }

    /// <summary>The name from the parts that events carry. Their signature begins with the return type.</summary>
    public static ManagedMethod FromEvent(string module, string type, string method, string signature)
    {
        int arguments = signature.IndexOf('(', StringComparison.Ordinal);
        return new ManagedMethod(module, type, arguments < 0 ? method : method + signature[arguments..]);
    }
}
