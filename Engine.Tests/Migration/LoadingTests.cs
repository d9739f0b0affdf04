using Engine.Migration;
using Engine.Migration.Loading;
using Engine.Migration.Reporting;
using Engine.Migration.Rewriting;
using Engine.Tests.Support;

namespace Engine.Tests.Migration;

/// <summary>What is looked at, what is left out, and that nothing looked at is not the same as nothing found.</summary>
public class LoadingTests
{
    private const string Use = "using Engine.Compatibility; class C { object b = new DomainEventBus(); }";
    private const string Project = "<Project Sdk=\"Microsoft.NET.Sdk\" />";
    private const string ProjectOnB =
        "<Project Sdk=\"Microsoft.NET.Sdk\"><ItemGroup><ProjectReference Include=\"..\\B\\B.csproj\" /></ItemGroup></Project>";

    [TestCase("readme.md", "there are no C# files", TestName = "A_folder_without_sources_is_nothing_to_look_at")]
    [TestCase("Gen.g.cs", "the files there are generated ones", TestName = "Generated_files_alone_are_nothing_to_look_at")]
    public void Nothing_to_look_at_is_said(string file, string reason)
    {
        using var folder = new SourceFolder();
        folder.Add(file, Use);
        Assert.That(Thrown.By<MigrationException>(() => folder.Plan()).Message, Does.Contain(reason));
    }

    [TestCase("nothing*", "")]
    [TestCase("", "*")]
    public void A_filter_that_leaves_nothing_is_said(string include, string exclude)
    {
        using SourceFolder folder = Samples.Shop();
        string[] included = include.Length > 0 ? [include] : [];
        string[] excluded = exclude.Length > 0 ? [exclude] : [];
        Assert.That(
            Thrown.By<MigrationException>(() => SourceSet.Load(folder.Root, included, excluded)).Message,
            Does.Contain("--include and --exclude leave no file"));
    }

    [Test]
    public void A_solution_without_projects_is_nothing_to_look_at()
    {
        using var folder = new SourceFolder();
        folder.Add("a.sln", "Project(\"{1}\") = \"Gone\", \"Gone\\Gone.csproj\", \"{2}\"\n");
        string message = Thrown.By<MigrationException>(() => folder.Plan("a.sln")).Message;
        Assert.That(message, Does.Contain("Gone.csproj").And.Contain("cannot be read"));
    }

    [Test]
    public void A_project_that_an_earlier_one_of_the_solution_refers_to_is_looked_at()
    {
        using var folder = new SourceFolder();
        folder.Add("a.sln", "\"A\", \"A\\A.csproj\"\n\"B\", \"B\\B.csproj\"\n");
        folder.Add("A/A.csproj", ProjectOnB);
        folder.Add("A/A.cs", "class A { }");
        folder.Add("B/B.csproj", Project);
        folder.Add("B/B.cs", Use);
        Assert.That(folder.Places(folder.Plan("a.sln")), Has.Some.StartsWith(Path.Combine("B", "B.cs")));
    }

    [Test]
    public void Two_projects_in_one_folder_change_their_files_once()
    {
        using var folder = new SourceFolder();
        folder.Add("a.sln", "\"A\", \"A.csproj\"\n\"B\", \"B.csproj\"\n");
        folder.Add("A.csproj", Project);
        folder.Add("B.csproj", Project);
        folder.Add("C.cs", Use);
        MigrationPlan plan = folder.Plan("a.sln");
        Assert.That((plan.NewTexts.Count, plan.Findings.Count), Is.EqualTo((1, 2)));
    }

    [Test]
    public void What_cannot_be_read_is_left_out_and_the_rest_is_looked_at()
    {
        using SourceFolder folder = Samples.Shop();
        folder.Add("Latin.cs", [0x2F, 0x2F, 0xFC]);
        folder.Add("sub/Broken.csproj", "<Project");
        folder.Add("sub/Other.cs", Use);
        File.CreateSymbolicLink(Path.Combine(folder.Root, "Gone.csproj"), "nowhere");
        MigrationPlan plan = folder.Plan();
        IEnumerable<string> unread = plan.Unread.Select(static unread => Path.GetFileName(unread.Path));
        IEnumerable<string> changed = plan.NewTexts.Keys.Select(static file => Path.GetFileName(file.Path));
        Assert.That(unread, Does.Contain("Latin.cs").And.Contain("Broken.csproj"));
        Assert.That(changed, Does.Contain("Service.cs").And.Contain("Other.cs"));
    }

    [Test]
    public void The_difference_of_a_long_file_that_changes_at_both_ends_takes_memory_by_its_length()
    {
        const int Lines = 20_000;
        string middle = string.Concat(Enumerable.Range(0, Lines).Select(static i => $"line {i}\n"));
        long before = GC.GetAllocatedBytesForCurrentThread();
        string difference = UnifiedDiff.Make("a", "first\n" + middle + "last\n", "First\n" + middle + "Last\n");
        long bytesPerLine = (GC.GetAllocatedBytesForCurrentThread() - before) / Lines;
        Assert.That(difference,
            Does.StartWith("--- a/a\n+++ b/a\n@@ -1,4 +1,4 @@\n-first\n+First\n line 0\n").And.EndWith("-last\n+Last\n"));
        Assert.That(bytesPerLine, Is.LessThan(2_000));
    }
}
