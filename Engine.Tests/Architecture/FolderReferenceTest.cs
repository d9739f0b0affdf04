using System.Text;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;

namespace Engine.Tests.Architecture;

/// <summary>The rooms of each assembly refer to each other only as <see cref="RoomMap"/> lists, and without cycles.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class FolderReferenceTest
{
    private static IEnumerable<string> Assemblies => RoomMap.Assemblies.Keys;

    [TestCaseSource(nameof(Assemblies))]
    public void Rooms_have_only_the_references_that_are_listed(string assembly)
    {
        string[] paths = [.. SourceTree.SourcesUnder(assembly, "*.cs"), .. SourceTree.SourcesUnder(assembly, "*.razor")];
        var folders = paths.Where(path => FolderOf(assembly, path) is not null)
            .ToDictionary(static path => path, path => FolderOf(assembly, path)!);
        string binary = Path.Combine(AppContext.BaseDirectory, assembly);
        using FileStream code = File.OpenRead(binary + ".dll");
        using FileStream symbols = File.OpenRead(binary + ".pdb");
        IReadOnlyCollection<FolderReference> compiled = FolderReferences.Find(code, symbols, folders);
        Assert.That(compiled, Is.Not.Empty, "The check must see references at all.");

        AssemblyRooms rooms = RoomMap.Assemblies[assembly];
        IEnumerable<FolderReference> named = NamedReferences.Find(
            folders.Where(static source => source.Key.EndsWith(".cs", StringComparison.Ordinal))
                .Select(static source => (SourceTree.Relative(source.Key), source.Value, File.ReadAllText(source.Key))));
        FolderReference[] forbidden = [.. compiled.Concat(named).Where(reference => !rooms.Allows(reference.From, reference.To))];
        Assert.That(forbidden, Is.Empty,
            "References between rooms that are not listed:" + Environment.NewLine +
            string.Join(Environment.NewLine, forbidden.AsEnumerable()));
    }

    [TestCaseSource(nameof(Assemblies))]
    public void Every_room_is_listed(string assembly)
    {
        IEnumerable<string> rooms = SourceTree.SourcesUnder(assembly)
            .Select(static path => SourceTree.Relative(path).Split('/'))
            .Where(static parts => parts.Length > 2)
            .Select(static parts => parts[1])
            .Distinct();
        Assert.That(rooms, Is.EquivalentTo(RoomMap.Assemblies[assembly].Rooms.Keys));
    }

    [TestCaseSource(nameof(Assemblies))]
    public void Listed_references_have_no_cycle(string assembly)
    {
        AssemblyRooms rooms = RoomMap.Assemblies[assembly];
        foreach (string room in rooms.Rooms.Keys)
            Assert.That(rooms.ReachableFrom(room), Has.None.EqualTo(room), $"{room} refers to itself by way of others.");
    }

    [TestCaseSource(nameof(Assemblies))]
    public void Projects_refer_to_the_listed_assemblies_only(string assembly)
    {
        var project = XDocument.Load(Path.Combine(SourceTree.Root, assembly, $"{assembly}.csproj"));
        IEnumerable<string> referred = project.Descendants("ProjectReference")
            .Select(static reference => reference.Attribute("Include")!.Value.Split('\\')[1]);
        Assert.That(referred, Is.SubsetOf(RoomMap.Below(assembly)));
    }

    [Test]
    public void Core_has_one_package_beneath_it()
    {
        var project = XDocument.Load(Path.Combine(SourceTree.Root, "Engine", "Engine.csproj"));
        IEnumerable<string> packages = project.Descendants("PackageReference")
            .Select(static package => package.Attribute("Include")!.Value);
        Assert.That(packages, Is.EqualTo(["Microsoft.Extensions.Hosting.Abstractions"]));
    }

    [Test]
    public void Files_beside_the_rooms_are_above_those_that_do_not_refer_to_them()
    {
        var rooms = new AssemblyRooms([], new() { ["Low"] = [], ["High"] = ["Low", AssemblyRooms.Beside] });
        Assert.That((rooms.Allows(AssemblyRooms.Beside, "Low"), rooms.Allows(AssemblyRooms.Beside, "High")), Is.EqualTo((true, false)));
        Assert.That((rooms.Allows("Low", AssemblyRooms.Beside), rooms.Allows("High", AssemblyRooms.Beside)), Is.EqualTo((false, true)));
        Assert.That(rooms.ReachableFrom("High"), Is.EquivalentTo(["Low", AssemblyRooms.Beside]));
    }

    [TestCase("class B { A? field; }", TestName = "A_named_type_is_found")]
    [TestCase("class B { object M() => A.Instance; }", TestName = "The_owner_of_a_member_is_found")]
    [TestCase("class B { object M(C c) { var a = c.Value; return a.ToString(); } }", TestName = "The_type_of_a_value_is_found")]
    [TestCase("class B { System.Collections.Generic.List<A[]>? field; }", TestName = "A_type_argument_is_found")]
    [TestCase("class B : I<A>;", TestName = "A_base_is_found")]
    [TestCase("class B { void M<T>() where T : A { } }", TestName = "A_constraint_is_found")]
    [TestCase("[E] class B;", TestName = "An_attribute_is_found")]
    [TestCase("class B { async System.Threading.Tasks.Task M() { await default(S); A.M(); } }", TestName = "Flow_is_found")]
    [TestCase("class B { System.Action M() => static () => A.M(); }", TestName = "A_lambda_is_found")]
    [TestCase("class B { object M(object o) { try { return (A)o; } catch (D) { return 1; } } }", TestName = "A_cast_is_found")]
    public void Checker_finds_what_is_compiled(string code) =>
        Assert.That(Compiled(code), Has.Some.Matches<FolderReference>(static found => (found.From, found.To) == ("Ring", "Hosting")));

    [TestCase("class B { int M() => A.Constant; }", TestName = "A_constant_is_found")]
    [TestCase("class B { int M(int i) => i switch { A.Constant => 1, _ => 2 }; }", TestName = "A_constant_of_a_pattern_is_found")]
    [TestCase("class B { int M() => Hosting.A.Constant; }", TestName = "A_qualified_name_is_found")]
    [TestCase("class B { string M() => nameof(A); }", TestName = "A_name_is_found")]
    [TestCase("class B { object M() => (A)null; }", TestName = "A_cast_of_nothing_is_found")]
    [TestCase("using static Hosting.A; class B { int M() => Constant; }", TestName = "A_static_using_is_found")]
    public void Checker_finds_what_is_named(string code) => Assert.That(
        NamedReferences.Find([("A.cs", "Hosting", "public class A { public const int Constant = 1; }"), ("B.cs", "Ring", code)]),
        Is.EqualTo([new FolderReference("Ring", "Hosting", "B.cs(1)", "A")]));

    private static string? FolderOf(string assembly, string path)
    {
        string relative = Path.GetRelativePath(Path.Combine(SourceTree.Root, assembly), path).Replace('\\', '/');
        int end = relative.IndexOf('/', StringComparison.Ordinal);
        if (end >= 0)
            return relative[..end];
        // What starts the program knows all, and nothing can refer to it.
        return relative == "Program.cs" ? null : AssemblyRooms.Beside;
    }

    private static IReadOnlyCollection<FolderReference> Compiled(string code)
    {
        const string Others =
            "class A : System.Attribute { public static A Instance = new(); public static void M() { } }"
            + "class EAttribute : System.Attribute; class D : System.Exception;"
            + "struct S : System.Runtime.CompilerServices.INotifyCompletion { public S GetAwaiter() => this;"
            + " public bool IsCompleted => true; public void GetResult() { } public void OnCompleted(System.Action a) { } }";
        SyntaxTree Tree(string path, string text) => CSharpSyntaxTree.ParseText(text, path: path, encoding: Encoding.UTF8);
        var compilation = CSharpCompilation.Create(
            "Checked",
            [Tree("A.cs", Others), Tree("C.cs", "class C { public A Value = null!; } interface I<T>;"), Tree("B.cs", code)],
            [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var assembly = new MemoryStream();
        using var symbols = new MemoryStream();
        EmitResult result = compilation.Emit(
            assembly, symbols, options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb));
        Assert.That(result.Diagnostics.Where(static one => one.Severity == DiagnosticSeverity.Error), Is.Empty);
        assembly.Position = symbols.Position = 0;
        return FolderReferences.Find(
            assembly, symbols, new Dictionary<string, string> { ["A.cs"] = "Hosting", ["B.cs"] = "Ring", ["C.cs"] = "Ring" });
    }
}
