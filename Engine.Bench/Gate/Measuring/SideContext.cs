using System.Reflection;
using System.Runtime.Loader;

namespace Engine.Bench.Gate.Measuring;

/// <summary>
/// Holds one build, with its own Engine.dll, apart from the other build and from the gate itself. What is shared is the
/// runtime.
/// </summary>
internal sealed class SideContext(string name, string assemblyPath) : AssemblyLoadContext(name)
{
    private const string OwnPrefix = "Engine";

    private readonly AssemblyDependencyResolver _resolver = new(assemblyPath);

    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string? path = _resolver.ResolveAssemblyToPath(assemblyName);
        if (path is not null)
            return LoadFromAssemblyPath(path);
        // Null would mean the gate's own copy, and the comparison would be of a build with itself.
        if (assemblyName.Name!.StartsWith(OwnPrefix, StringComparison.Ordinal))
            throw new FileNotFoundException($"The build at {assemblyPath} lacks {assemblyName.Name}.dll.");
        return null;
    }
}
