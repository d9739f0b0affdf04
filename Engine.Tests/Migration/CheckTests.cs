using Engine.Migration.Rewriting;

namespace Engine.Tests.Migration;

public class CheckTests
{
    [Test]
    public void Each_use_is_found_at_its_place()
    {
        using SourceFolder folder = Samples.Shop();
        MigrationPlan plan = folder.Plan();
        Assert.That(folder.Places(plan), Is.EqualTo(new[]
        {
            "Event.cs(1,1) ENGM001", "Event.cs(5,59) ENGM008",
            "Program.cs(1,1) ENGM001", "Program.cs(9,19) ENGM003",
            "Service.cs(1,1) ENGM001", "Service.cs(5,29) ENGM002", "Service.cs(7,22) ENGM002",
            "Service.cs(15,15) ENGM005", "Service.cs(19,9) ENGM005", "Service.cs(20,9) ENGM005",
            "Service.cs(23,27) ENGM004", "Service.cs(25,33) ENGM006", "Service.cs(25,63) ENGM006",
        }));
        Assert.That((plan.ByHandCount, plan.Kept.Count), Is.EqualTo((0, 0)));
        Assert.That(plan.Findings[7].Replacement, Is.EqualTo("_bus.Subscribe<MemoryGiven>((in MemoryGiven e, EventContext _) => ...)"));
    }

    [Test]
    public void Looking_changes_no_byte()
    {
        using SourceFolder folder = Samples.Shop();
        Dictionary<string, string> before = folder.Snapshot();
        Assert.That(folder.Plan().NewTexts, Has.Count.EqualTo(3));
        Assert.That(folder.Snapshot(), Is.EqualTo(before));
    }

    [Test]
    public void A_foreign_type_of_the_same_name_is_not_touched()
    {
        using var folder = new SourceFolder();
        folder.Add("Other.cs", """
            namespace Other;

            public interface IDomainEvent { string EventType { get; } }

            public sealed class DomainEventBus
            {
                public void Publish(object e) { }
                public long Subscribe(string name, object handler) => 0;
                public void UnsubscribeById(long id) { }
            }

            public sealed record E(string EventType) : IDomainEvent;

            public static class Uses
            {
                public static void Go(DomainEventBus bus)
                {
                    bus.Publish(new E("a.b"));
                    bus.UnsubscribeById(bus.Subscribe("a.b", new DomainEventBus()));
                }
            }
            """);
        MigrationPlan plan = folder.Plan();
        Assert.That((plan.Findings.Count, plan.NewTexts.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public void What_does_not_bind_is_marked_as_a_guess_and_left()
    {
        using var folder = new SourceFolder();
        folder.Add("Provider.cs", """
            using Engine.Compatibility;
            using Missing.Package;

            public static class Uses
            {
                public static void Go(Provider provider, IDomainEvent e) => provider.Get().Publish(e);
            }
            """);
        MigrationPlan plan = folder.Plan();
        Assert.That(folder.Places(plan), Does.Contain("Provider.cs(6,65) ENGM004"));
        Assert.That(plan.Findings.Where(static f => f.IsByNameOnly).Select(static f => f.Position.Column), Is.EqualTo(new[] { 65 }));
        Assert.That(plan.NewTexts, Is.Empty);
    }

    [Test]
    public void A_name_that_could_be_one_of_two_types_is_a_guess()
    {
        using var folder = new SourceFolder();
        folder.Add("A.cs", """
            using Engine.Compatibility;
            using Other;

            namespace Other { public sealed class DomainEventBus { } }

            namespace Here { public static class Uses { public static void Go(DomainEventBus bus) { } } }
            """);
        MigrationPlan plan = folder.Plan();
        Assert.That(plan.Findings.Where(static f => f.IsByNameOnly).Select(static f => f.Position), Is.EqualTo(new[] { (6, 67) }));
        Assert.That(plan.NewTexts, Is.Empty);
    }

    [Test]
    public void A_file_with_syntax_errors_is_reported_and_left_and_so_is_what_depends_on_it()
    {
        using SourceFolder folder = Samples.Shop();
        folder.Add("Program.cs", Samples.Program.Replace("service.Give();", "service.Give(;", StringComparison.Ordinal));
        folder.Add("Alone.cs",
            "using Engine.Compatibility;\npublic static class Alone { public static object Make() => new DomainEventBus(); }\n");
        Dictionary<string, string> before = folder.Snapshot();
        MigrationPlan plan = folder.Migrate();
        Assert.That(plan.Kept.Single(static pair => pair.Key.HasSyntaxErrors).Value, Is.EqualTo("it has syntax errors"));
        Assert.That(
            plan.Findings.Where(static f => f.File.HasSyntaxErrors), Is.Not.Empty.And.All.Property("ByHand").Contains("syntax errors"));
        Assert.That(folder.Snapshot()["Program.cs"], Is.EqualTo(before["Program.cs"]));
        Assert.That(folder.Snapshot()["Service.cs"], Is.EqualTo(before["Service.cs"]));
        Assert.That(folder.Read("Alone.cs"), Does.Contain("new EventBus()"));
    }

    [Test]
    public void Projects_are_understood_together_but_only_the_named_one_is_changed()
    {
        using var folder = new SourceFolder();
        folder.Add("Lib/Lib.csproj",
            """<Project Sdk="Microsoft.NET.Sdk"><PropertyGroup><ImplicitUsings>enable</ImplicitUsings></PropertyGroup></Project>""");
        folder.Add("Lib/Event.cs", Samples.Event);
        folder.Add("Lib/Service.cs", Samples.Service);
        folder.Add("App/App.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
              <ItemGroup><ProjectReference Include="..\Lib\Lib.csproj" /></ItemGroup>
            </Project>
            """);
        folder.Add("App/Program.cs", Samples.Program);
        folder.Add("App/obj/Debug/Generated.cs", Samples.Program);
        MigrationPlan app = folder.Plan("App/App.csproj");
        Assert.That(folder.Places(app), Is.EqualTo(new[] { "App/Program.cs(1,1) ENGM001", "App/Program.cs(9,19) ENGM003" }));
        Assert.That(app.Kept.Single().Value, Does.Contain("would not compile"));
        Assert.That(folder.Plan().NewTexts, Has.Count.EqualTo(3));
        Assert.That(folder.Plan("Lib/Event.cs").Findings, Has.Count.EqualTo(2));
    }
}
