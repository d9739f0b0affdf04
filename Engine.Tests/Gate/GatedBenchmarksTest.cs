using System.Reflection;
using System.Runtime.Loader;
using Engine.Bench.Gate;
using Engine.Bench.Gate.Judging;
using Engine.Bench.Gate.Measuring;
using Engine.Tests.Architecture;
using Engine.Tests.Support;

namespace Engine.Tests.Gate;

/// <summary>The gated benchmarks do their work, and two builds of them can be measured against each other.</summary>
internal sealed class GatedBenchmarksTest
{
    private static string OwnBuild => typeof(GateSide).Assembly.Location;

    [TestCaseSource(nameof(Names))]
    public void Its_segments_do_their_work_and_move_the_meter(string name)
    {
        long reads = 0;
        (Func<int, Func<long>, long> run, int operations, IDisposable session) = GateSide.Open(name);
        using (session)
        {
            Assert.That(operations, Is.GreaterThan(0));
            Assert.That(run(3, () => ++reads), Is.EqualTo(3), "The meter moves by one between the two reads of a segment.");
        }

        Assert.That(reads, Is.EqualTo(6));
    }

    [Test]
    public void Names_are_unique_and_those_of_the_self_test_exist()
    {
        string[] names = [.. GateSide.List().Select(static benchmark => benchmark.Name)];

        Assert.That(names, Is.Unique);
        Assert.That(SelfTest.Benchmarks, Is.SubsetOf(names));
        Assert.That(names, Is.All.Matches<string>(static name => AcceptanceFile.Parse("[]", [name], default).Count == 0));
    }

    [TestCaseSource(nameof(Names))]
    public void Its_name_is_in_the_documentation(string name) =>
        Assert.That(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "performance-gate.md")), Does.Contain(name));

    [Test]
    public void Two_contexts_hold_the_build_twice_and_can_be_measured()
    {
        var plan = new MeasurementPlan(
            Copies: 2, Quads: 4, BatchMicroseconds: 50, QuietMilliseconds: 1, QuietRounds: 1, MaxWarmUpMilliseconds: 2_000);

        ProcessSample sample = MeasureCommand.Measure(
            OwnBuild, OwnBuild, "publish.subscribed", headFirst: true, Meters.ThreadCpuNanoseconds, plan);

        Assert.That(sample.Ratio, Is.GreaterThan(0));
        Assert.That(sample.BaseNanoseconds, Is.GreaterThan(0));
        Assert.That((sample.BaseBytes, sample.HeadBytes), Is.EqualTo((0.0, 0.0)));
    }

    [Test]
    public void A_loaded_side_is_not_the_gate_itself()
    {
        Assembly loaded = new SideContext("test", OwnBuild).LoadFromAssemblyPath(OwnBuild);

        Assert.That(loaded, Is.Not.SameAs(typeof(GateSide).Assembly));
        Assert.That(loaded.GetReferencedAssemblies().Where(static name => name.Name!.StartsWith("Engine", StringComparison.Ordinal))
            .Select(name => System.Runtime.Loader.AssemblyLoadContext.GetLoadContext(loaded)!.LoadFromAssemblyName(name)),
            Has.None.Matches<Assembly>(static assembly => AppDomain.CurrentDomain.GetAssemblies().Contains(assembly)
                && AssemblyLoadContext.GetLoadContext(assembly) == AssemblyLoadContext.Default));
    }

    [Test]
    public void A_build_without_the_contract_is_refused_with_a_reason()
    {
        string engine = typeof(Engine.Hosting.EventEngine).Assembly.Location;

        Assert.That(Thrown.By<ContractException>(() => LoadedSide.Load("base", engine)).Message, Does.Contain("older than the gate"));
        Assert.That(Thrown.By<ContractException>(static () => LoadedSide.Load("base", "/nowhere/Engine.Bench.dll")).Message,
            Does.Contain("/nowhere"));
    }

    /// <summary>Builds that are already out there speak this contract: a change needs a new version and support for both.</summary>
    [Test]
    public void The_contract_stays_as_it_is()
    {
        Assert.That(GateSide.ContractVersion, Is.EqualTo(1));
        Assert.That(typeof(GateSide).GetField("IsSeeded")!.GetRawConstantValue(), Is.False);
        Assert.That(typeof(GateSide).GetMethod("List")!.ReturnType, Is.EqualTo(typeof((string, string, bool)[])));
        Assert.That(typeof(GateSide).GetMethod("Open")!.ReturnType, Is.EqualTo(typeof((Func<int, Func<long>, long>, int, IDisposable))));
        Assert.That(
            typeof(GateSide).GetMethod("Open")!.GetParameters().Select(static p => p.ParameterType), Is.EqualTo(new[] { typeof(string) }));
    }

    [TestCase(4, false, "bhhbhbbh")]
    [TestCase(4, true, "hbbhbhhb")]
    [TestCase(1, false, "bh")]
    public void Copies_are_loaded_so_that_neither_build_is_favoured(int copies, bool headFirst, string expected) => Assert.That(
        string.Concat(LoadOrder.IsHead(copies, headFirst).Select(static isHead => isHead ? 'h' : 'b')), Is.EqualTo(expected));

    private static IEnumerable<string> Names() => GateSide.List().Select(static benchmark => benchmark.Name);
}
