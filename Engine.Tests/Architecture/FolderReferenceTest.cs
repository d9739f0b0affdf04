using System.Xml.Linq;

namespace Engine.Tests.Architecture;

/// <summary>The rooms of each assembly refer to each other only as <see cref="RoomMap"/> lists, and without cycles.</summary>
[Parallelizable(ParallelScope.Children)]
internal sealed class FolderReferenceTest
{
    private static IEnumerable<string> Assemblies => RoomMap.Assemblies.Keys;

    [TestCaseSource(nameof(Assemblies))]
    public void Rooms_have_only_the_references_that_are_listed(string assembly)
    {
        string folder = Path.Combine(SourceTree.Root, assembly);
        var references = new FolderReferences(
            SourceTree.SourcesUnder(assembly).Select(
                path => (Path.GetRelativePath(folder, path).Replace('\\', '/'), File.ReadAllText(path))),
            assembly);

        Assert.That(references.Errors, Is.Empty, $"The sources of {assembly}/ must compile, or references could be missed.");
        FolderReference[] found = [.. references.Find()];
        Assert.That(found, Is.Not.Empty, "The check must see references at all.");
        AssemblyRooms rooms = RoomMap.Assemblies[assembly];
        FolderReference[] forbidden = [.. found.Where(reference => !rooms.Allows(reference.From, reference.To))];
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
    [TestCase("class B { void M(C c) { var a = c.Value; } }", TestName = "The_type_of_a_value_is_found")]
    [TestCase("class B { System.Collections.Generic.List<A[]>? field; }", TestName = "A_type_argument_is_found")]
    public void Checker_finds(string code)
    {
        var references = new FolderReferences([
            ("Hosting/A.cs", "class A { public static A Instance = new(); }"),
            ("Ring/C.cs", "class C { public A Value = null!; }"),
            ("Ring/B.cs", code),
        ]);
        Assert.That(references.Errors, Is.Empty);
        Assert.That(
            references.Find(),
            Has.Some.EqualTo(new FolderReference("Ring", "Hosting", "Ring/B.cs", 1, "A")));
    }
}
