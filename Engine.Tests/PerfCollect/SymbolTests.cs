using System.Xml.Linq;
using Engine.PerfCollect.Export;
using Engine.PerfCollect.Profiles;
using Engine.PerfCollect.Symbols;

namespace Engine.Tests.PerfCollect;

/// <summary>How names get into the text of perf, and how they are shown.</summary>
public sealed class SymbolTests
{
    private const string Map = """
        7f0000001000 40 instance void [Engine] Engine.Ring.Gate`1[System.Int32]::Open(class [System.Runtime]System.Type,int32)[OptimizedTier1]
        0x7f0000001040 20 void [Engine] Engine.Ring.Gate::.ctor()[QuickJitted]
        7f0000002000 10 stub Link<UnboxingStub>

        """;

    private const string PerfScript = """
        dotnet     0/0     [000]     0.000000: PERF_RECORD_MMAP2 77/77: [0x7f0000001000(0x2000) @ 0x5000 00:01 9375 0]: r-xs /memfd:doublemapper (deleted)
        .NET TP 1 77/78 [001] 10.5:    1001001 cpu-clock: 
        	            5010 [unknown] (/memfd:doublemapper (deleted))
        	            5040 [unknown] (/memfd:doublemapper (deleted))
        	            9999 [unknown] (/memfd:doublemapper (deleted))
        	    7f0000002004 [unknown] (//anon)
        	           2e01c main (/usr/bin/true)

        """;

    [TestCase("void [A] N.T::M(int32)[OptimizedTier1]", "A", "N.T", "M(int32)")]
    [TestCase("instance class [System.Runtime]System.Type [A] N.T`1[B.C]::M()", "A", "N.T`1[B.C]", "M()")]
    [TestCase("void [A] N.T::M(int32[])[QuickJitted]", "A", "N.T", "M(int32[])")]
    [TestCase("stub GenerateLookupStub<Resolve>", "stubs", "", "stub GenerateLookupStub<Resolve>")]
    public void Line_of_a_perf_map_is_a_module_and_a_method(string text, string module, string type, string member) =>
        Assert.That(ManagedMethod.ParsePerfMap(text), Is.EqualTo(new ManagedMethod(module, type, member)));

    [Test]
    public async Task Frames_get_names_through_mappings_and_other_records_are_left_out()
    {
        string folder = Directory.CreateTempSubdirectory("perfcollect-test-").FullName;
        string map = Path.Combine(folder, "perf-77.map");
        File.WriteAllText(map, Map);
        var symbols = new ManagedSymbols();
        symbols.AddPerfMap(map);
        Directory.Delete(folder, recursive: true);
        using var output = new StringWriter { NewLine = "\n" };
        int samples = await new PerfScriptRewriter(symbols).RewriteAsync(new StringReader(PerfScript), output);
        Assert.That(samples, Is.EqualTo(1));
        Assert.That(output.ToString().Split('\n'), Is.EqualTo(new[]
        {
            ".NET TP 1 77/78 [001] 10.5:    1001001 cpu-clock: ",
            "\t    7f0000001010 Engine.Ring.Gate`1[System.Int32].Open(class [System.Runtime]System.Type,int32) (Engine)",
            "\t    7f0000001040 Engine.Ring.Gate..ctor() (Engine)",
            "\t            9999 [unknown] (dynamic-code)",
            "\t    7f0000002004 stub Link<UnboxingStub> (stubs)",
            "\t           2e01c main (/usr/bin/true)",
            string.Empty,
        }));
    }

    [TestCase("Engine!Engine.Ring.Gate`1[System.Int32].Open(class System.Type)", "Gate.Open", "Gate.Open (Engine)")]
    [TestCase("Engine!Engine.Ring.Gate..ctor()", "Gate..ctor", "Gate..ctor (Engine)")]
    [TestCase("Engine!N.T+<>c__DisplayClass3_0.<Run>b__1(int32)", "T+<>c__DisplayClass3_0.<Run>b__1",
        "T+<>c__DisplayClass3_0.<Run>b__1 (Engine)")]
    [TestCase("libc.so.6!clock_gettime@@GLIBC_2.17", "clock_gettime@@GLIBC_2.17", "clock_gettime@@GLIBC_2.17 (libc.so.6)")]
    [TestCase("libcoreclr.so!unknown", "[libcoreclr.so]", "[libcoreclr.so] without symbols")]
    public void Names_are_shortened_to_type_and_method(string frame, string shortName, string withModule)
    {
        Assert.That(MethodName.Short(frame), Is.EqualTo(shortName));
        Assert.That(MethodName.WithModule(frame), Is.EqualTo(withModule));
    }

    [Test]
    public void A_recursive_method_counts_once_per_sample()
    {
        var costs = new MethodCosts(ProfileOf(["a!x()", "a!y()", "a!x()"], ["a!x()"]));
        Assert.That(costs.ManagedByInclusive(9), Is.EqualTo(new[] { new MethodCost("a!x()", 4, 4), new MethodCost("a!y()", 0, 2) }));
    }

    [Test]
    public void Flame_graph_is_well_formed_and_widths_are_shares()
    {
        string svg = ProfileFlameGraph.Draw(
            ProfileOf(["a!N.List<x>.Add(\"&\")"], ["a!N.T.M()"], ["a!N.T.M()"], ["a!N.T.M()"]), "<title>");
        XElement[] boxes = [.. XDocument.Parse(svg).Descendants().Where(static element => element.Name.LocalName == "g")];
        string[] titles = [.. boxes.Select(static box => box.Elements().First().Value)];
        double[] widths = [.. boxes.Select(static box => (double)box.Elements().ElementAt(1).Attribute("width")!)];
        Assert.That(titles, Is.EqualTo(
            new[] { "all: 100.0 %, 8 ms", "main: 100.0 %, 8 ms", "a!N.List<x>.Add(\"&\"): 25.0 %, 2 ms", "a!N.T.M(): 75.0 %, 6 ms" }));
        Assert.That(widths[3], Is.EqualTo(3 * widths[2]).Within(2));
    }

    private static Profile ProfileOf(params string[][] stacks) =>
        new("test", [.. stacks.Select(static (frames, i) => new ProfileSample(i, 2, 1, 1, "main", frames))]);
}
