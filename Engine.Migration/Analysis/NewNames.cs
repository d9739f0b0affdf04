using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Engine.Migration.Analysis;

/// <summary>Writes names of the new types as short as a file's using directives allow, and notes which directives that needs.</summary>
internal sealed class NewNames(SemanticModel model, UsingDirectiveSyntax? import, bool hasGlobalImport)
{
    public const string Bus = "Engine.Bus";
    public const string Events = "Engine.Events";

    /// <summary>Namespaces that the file has to import.</summary>
    public SortedSet<string> Needed { get; } = new(StringComparer.Ordinal);

    /// <summary>The directive of the file that imports the old types.</summary>
    public UsingDirectiveSyntax? Import => import;

    /// <summary>The name of a type of the engine at a place of the file.</summary>
    public string At(int position, string containing, string name)
    {
        ISymbol[] found = [.. model.LookupNamespacesAndTypes(position, name: name)];
        if (found.Length > 0)
        {
            bool isOurs = found.All(symbol => symbol.ContainingNamespace?.ToDisplayString() == containing
                && symbol.ContainingAssembly?.Name is "Engine" or "Engine.Bus");
            return isOurs ? name : $"global::{containing}.{name}";
        }

        if (import is not null)
            Needed.Add(containing);
        return import is not null || hasGlobalImport ? name : $"global::{containing}.{name}";
    }
}
