namespace Engine.Tests.Architecture;

/// <summary>The folders of the engine refer to each other only as listed here, and without cycles.</summary>
internal sealed class FolderReferenceTest
{
    // Hosting is the only folder that knows all others, and none knows it.
    private const string Hosting = "Hosting";

    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Primitives"] = [],
        ["Events"] = ["Primitives"],
        ["Ring"] = ["Primitives"],
        ["Subscriptions"] = ["Diagnostics", "Events", "Primitives"],
        ["Publish"] = ["Ring", "Subscriptions", "Diagnostics", "Events", "Primitives"],
        ["Dispatch"] = ["Ring", "Subscriptions", "Diagnostics", "Events", "Primitives"],
        ["Handlers"] = ["Subscriptions", "Events", "Primitives"],
        ["Bus"] = ["Publish", "Handlers", "Subscriptions", "Events", "Primitives"],
        ["Diagnostics"] = ["Ring", "Events", "Primitives"],
        ["Compatibility"] = ["Bus", "Publish", "Handlers", "Subscriptions", "Events"],
        [Hosting] = ["Primitives", "Events", "Ring", "Subscriptions", "Publish", "Dispatch", "Handlers", "Bus", "Diagnostics", "Compatibility"],
    };

    [Test]
    public void Engine_has_only_the_references_that_are_listed()
    {
        string engine = Path.Combine(SourceTree.Root, "Engine");
        var references = new FolderReferences(SourceTree.SourcesUnder("Engine")
            .Select(path => (Path.GetRelativePath(engine, path).Replace('\\', '/'), File.ReadAllText(path))));

        Assert.That(references.Errors, Is.Empty, "The sources of Engine/ must compile, or references could be missed.");
        FolderReference[] found = [.. references.Find()];
        Assert.That(found, Is.Not.Empty, "The check must see references at all.");
        FolderReference[] forbidden = [.. found.Where(static reference => !IsAllowed(reference))];
        Assert.That(forbidden, Is.Empty,
            "References between folders that are not listed:" + Environment.NewLine + string.Join(Environment.NewLine, forbidden.AsEnumerable()));
    }

    [Test]
    public void Every_folder_of_the_engine_is_listed()
    {
        IEnumerable<string> folders = SourceTree.SourcesUnder("Engine")
            .Select(static path => SourceTree.Relative(path).Split('/')[1])
            .Distinct();
        Assert.That(folders, Is.SubsetOf(Allowed.Keys));
    }

    [Test]
    public void Listed_references_have_no_cycle_and_none_leads_to_hosting()
    {
        Assert.That(Allowed.Values.SelectMany(static targets => targets), Has.None.EqualTo(Hosting));
        foreach (string folder in Allowed.Keys)
            Assert.That(ReachableFrom(folder), Has.None.EqualTo(folder), $"{folder} refers to itself by way of others.");
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

    private static bool IsAllowed(FolderReference reference) =>
        Allowed.TryGetValue(reference.From, out string[]? targets) && targets.Contains(reference.To);

    private static HashSet<string> ReachableFrom(string folder)
    {
        var seen = new HashSet<string>();
        var open = new Queue<string>(Allowed[folder]);
        while (open.TryDequeue(out string? next))
        {
            if (!seen.Add(next))
                continue;
            foreach (string target in Allowed[next])
                open.Enqueue(target);
        }

        return seen;
    }
}
